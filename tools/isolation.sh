#!/usr/bin/env bash
# 2,000 clients on 40 connections to the coordinator, with random cancels, statement time-outs, disconnects, errors and pg_terminate_backend. Checks that nobody ever
# sees a row, an error, a setting or a cancellation of another client, and that the rate at the end is within 10 % of that at the start.
#
#   tools/isolation.sh [MINUTES]      5 by default
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
. tools/prerequisites.sh
ulimit -n "$(ulimit -Hn)"
TANGELO_ISOLATION_SECONDS=$((${1:-5} * 60))
TANGELO_ISOLATION_CLIENTS=${TANGELO_ISOLATION_CLIENTS:-2000}
TANGELO_ISOLATION_LINKS=${TANGELO_ISOLATION_LINKS:-40}
TANGELO_ISOLATION_REPORT=$(mktemp)
export TANGELO_ISOLATION_SECONDS TANGELO_ISOLATION_CLIENTS TANGELO_ISOLATION_LINKS TANGELO_ISOLATION_REPORT
result=0
dotnet test tests/Acceptance.Tests -c Release --logger "console;verbosity=minimal" --filter "DisplayName~Sessions_are_isolated" || result=$?
cat "$TANGELO_ISOLATION_REPORT"
rm -f "$TANGELO_ISOLATION_REPORT"
exit "$result"
