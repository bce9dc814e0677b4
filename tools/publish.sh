#!/usr/bin/env bash
# Builds the router as it is meant to run, into the folder $1 (src/Tangelo.Cli/bin/publish). Its code is compiled ahead of
# time where the compiler for that can be had: the first statements then need not wait for it.
set -euo pipefail
root=$(dirname "$(dirname "$(readlink -f "$0")")")
out=${1:-$root/src/Tangelo.Cli/bin/publish}
tangelo_publish() {
    dotnet publish "$root/src/Tangelo.Cli" -c Release --use-current-runtime --self-contained false -o "$out" -v quiet --nologo -nodeReuse:false "$@" 2>&1
}
if ! tangelo_publish -p:PublishReadyToRun=true >/dev/null && ! log=$(tangelo_publish); then
    printf '%s\n' "$log" | grep -E 'error|warn' | sort -u | head -n 20 >&2
    exit 1
fi
