#!/usr/bin/env bash
# Moves money over nodes through two routers while routers, workers and the coordinator are killed, and checks that every snapshot
# has the same total, that what was acknowledged is there once, and that nothing prepared is left ten seconds after the end.
#
#   tools/money.sh [MINUTES]      10 by default
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
. tools/prerequisites.sh
TANGELO_MONEY_SECONDS=$((${1:-10} * 60))
TANGELO_MONEY_REPORT=$(mktemp)
export TANGELO_MONEY_SECONDS TANGELO_MONEY_REPORT
result=0
dotnet test tests/Acceptance.Tests -c Release --logger "console;verbosity=minimal" --filter "DisplayName~Money_moves_while_processes_die" || result=$?
cat "$TANGELO_MONEY_REPORT"
rm -f "$TANGELO_MONEY_REPORT"
exit "$result"
