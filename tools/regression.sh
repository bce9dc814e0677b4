#!/usr/bin/env bash
# Runs PostgreSQL's own regression files through a cluster and compares every statement with a plain server.
#
#   tools/regression.sh                        both modes, all files; writes docs/regression.md (some 20 minutes)
#   tools/regression.sh --mode distributed join with     only these files, and what they need before them
#   tools/regression.sh --fetch                only fetches the source and prints where it is
#
# --details FILE takes every difference with both answers. The source comes from Debian, goes to .local/ and is not part of Tangelo.
# TANGELO_POSTGRES_SOURCES names another place where it is unpacked.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
. tools/prerequisites.sh
. tools/sources.sh

tangelo_postgres_sources() {
    local folder=$PWD/.local/postgresql-source major archive
    major=$(basename "$(dirname "$(tangelo_postgres)")")
    if ! compgen -G "$folder/postgresql-$major*/" >/dev/null; then
        archive=$(tangelo_source "postgresql-$major") || {
            tangelo_say "The source could not be fetched. Unpack postgresql-$major by hand and let TANGELO_POSTGRES_SOURCES name its folder."
            return 1
        }
        mkdir -p "$folder"
        # Only the tests: they are a small part of it.
        tar -xf "$archive" -C "$folder" --wildcards '*/src/test/regress'
    fi
    compgen -G "$folder/postgresql-$major*"
}

export TANGELO_POSTGRES_SOURCES=${TANGELO_POSTGRES_SOURCES:-$(tangelo_postgres_sources)}
# The servers read data files of it, as another user.
if [ "${1:-}" = --fetch ]; then
    echo "$TANGELO_POSTGRES_SOURCES"
    exit
fi
[ $# -gt 0 ] || set -- --mode both --write docs/regression.md
tangelo_prerequisites
exec dotnet run -c Release --project tests/Regress -v quiet -- "$@"
