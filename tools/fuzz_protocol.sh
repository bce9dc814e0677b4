#!/usr/bin/env bash
# Says what real clients have said to a router again, with mistakes, and checks that it neither ends nor hangs, that no session stays and that it does not grow.
# A finding names its batch: run that alone by its seed.
#
#   tools/fuzz_protocol.sh [CASES [SEED]]      200000 by default, from batch 1; a batch is 50 cases
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
. tools/prerequisites.sh
export PROTOCOL_CASES=${1:-200000} PROTOCOL_SEED=${2:-1} PROTOCOL_SECONDS=${PROTOCOL_SECONDS:-86400}
exec dotnet test tests/Fuzz.Tests -c Release --logger "console;verbosity=detailed" --filter "FullyQualifiedName~Mutated_conversations"
