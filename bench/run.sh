#!/usr/bin/env bash
# Measures Tangelo beside plain PostgreSQL and pgbouncer in one run. See README.md; --help lists the options.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
case " $* " in
  *" --help "* | *" -h "* | *" --without tangelo "*) ;;
  *) dotnet build "$here/../src/Tangelo.Cli" -c Release -v q -nologo ;;
esac
PYTHONPATH="$here" exec python3 -m side_by_side "$@"
