#!/usr/bin/env bash
# Measures Tangelo beside plain PostgreSQL and pgbouncer in one run. See README.md; --help lists the options.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
case " $* " in
  *" --help "* | *" -h "* | *" --without tangelo "*) ;;
  *) "$here/../tools/publish.sh" ;;
esac
PYTHONPATH="$here" exec python3 -m side_by_side "$@"
