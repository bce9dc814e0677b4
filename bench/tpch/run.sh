#!/usr/bin/env bash
# TPC-H on plain PostgreSQL and on a Tangelo cluster with two workers, side by side. --help lists the options.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
case " $* " in
  *" --help "* | *" -h "* | *" --binary "* | *" --running "*) ;;
  *) "$here/../../tools/publish.sh" ;;
esac
exec python3 "$here/run.py" "$@"
