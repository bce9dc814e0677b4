#!/usr/bin/env bash
# Runs tests once more with two routers before each cluster and a balancer before both: every connection, and every request to cancel, comes to the other router than the one before it.
# Tests that are about one router's end, or look into it, are left out: they have a second router themselves where it matters.
#
#   tools/two_routers.sh                       the acceptance tests, the clients and the router's own
#   tools/two_routers.sh FILTER                those acceptance tests, for example DisplayName~Deadlocks
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
. tools/prerequisites.sh
tangelo_for_tests=1 tangelo_prerequisites
export TANGELO_TEST_ROUTERS=2
result=0
run() { dotnet test "tests/$1" -c Release --nologo -v quiet --logger "console;verbosity=minimal" ${2:+--filter "$2"} </dev/null || result=1; }
if [ $# -gt 0 ]; then
    run Acceptance.Tests "$1"
else
    run Acceptance.Tests "$(printf '&FullyQualifiedName!~%s' "${TANGELO_ONE_ROUTER[@]}" | cut -c2-)"
    run Clients.Tests
    run Tangelo.Server.Tests
fi
exit "$result"
