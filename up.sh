#!/usr/bin/env bash
# Builds Tangelo and serves an embedded cluster (a coordinator and two workers) until Ctrl-C.
#
#   ./up.sh [--port P] [--workers N] [--data DIR] [any other option of "tangelo up"]
#
# TANGELO_PORT, TANGELO_WORKERS and TANGELO_DATA give other defaults.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"
. tools/prerequisites.sh
tangelo_prerequisites

data=${TANGELO_DATA:-}
if [ -z "$data" ]; then
    data=$PWD/.local/cluster
    # As root the servers run as the user postgres, who cannot enter a home such as /root.
    if [ "$(id -u)" = 0 ] && ! setpriv --reuid=postgres --regid=postgres --init-groups -- test -x "$PWD"; then
        data=/var/lib/tangelo/cluster
        tangelo_say "The user postgres may not enter $PWD; the data goes to $data"
    fi
fi
options=(--data "$data" --port "${TANGELO_PORT:-5432}" --workers "${TANGELO_WORKERS:-2}")
# A default steps back where the option was given.
given=" $* "
defaults=()
for ((i = 0; i < ${#options[@]}; i += 2)); do
    case "$given" in *" ${options[i]} "* | *" ${options[i]}="*) ;; *) defaults+=("${options[i]}" "${options[i + 1]}") ;; esac
done

tangelo_say "Building"
if ! tools/publish.sh; then
    tangelo_say "The build failed."
    exit 1
fi
tangelo_say "Starting; connect when the line \"ready:\" shows. Ctrl-C stops everything, the data stays."
exec dotnet src/Tangelo.Cli/bin/publish/tangelo.dll up "${defaults[@]}" "$@"
