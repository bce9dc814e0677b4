#!/usr/bin/env bash
# Kills a router at every message of a two-phase commit, before it is delivered and after it, and checks that another router settles
# what is left: all of the transaction or nothing. Prints how many cuts there were and how long the slowest took. Some three minutes.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
. tools/prerequisites.sh
TANGELO_EVERY_CUT=1 dotnet test tests/Acceptance.Tests -c Release --logger "console;verbosity=detailed" --filter "DisplayName~Two_phase_commit_is_cut"
