#!/usr/bin/env bash
# Runs tests once more with two routers before each cluster and a balancer before both: every connection, and every request to cancel, comes to the other router than the one before it.
#
#   tools/two_routers.sh                       the acceptance tests, the clients' and the router's own
#   tools/two_routers.sh FILTER                those acceptance tests, for example DisplayName~Deadlocks
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
. tools/prerequisites.sh
tangelo_for_tests=1 tangelo_prerequisites
export TANGELO_TEST_ROUTERS=2

# They kill one router and wait for what follows, fill its links or connections, look at its sessions, or play the other router themselves.
one_router=(
    A_time_limit_ends_the_wait_for_a_link Advisory_locks_keep_the_link Who_waits_for_a_link_gets_it
    What_waits_for_a_connection_can_be_cancelled Clients_that_are_no_superusers_are_counted Router_is_taken_for_dead Router_is_killed
)
result=0
run() { dotnet test "tests/$1" -c Release --nologo -v quiet --logger "console;verbosity=minimal" ${2:+--filter "$2"} </dev/null || result=1; }
if [ $# -gt 0 ]; then
    run Acceptance.Tests "$1"
else
    run Acceptance.Tests "$(printf '&FullyQualifiedName!~%s' "${one_router[@]}" | cut -c2-)"
    run Clients.Tests
    run Tangelo.Server.Tests
fi
exit "$result"
