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

tangelo_postgres_sources() {
    local folder=$PWD/.local/postgresql-source major lists found
    major=$(basename "$(dirname "$(tangelo_postgres)")")
    found=$(find "$folder" -maxdepth 1 -type d -name "postgresql-$major*" 2>/dev/null | head -n 1)
    [ -z "$found" ] || { echo "$found"; return; }
    tangelo_say "Fetching the source of postgresql-$major"
    mkdir -p "$folder"
    lists=$(mktemp -d)
    # A list of source packages of our own: the machine's lists stay as they are.
    printf 'deb-src http://deb.debian.org/debian %s main\n' "$(. /etc/os-release && echo "$VERSION_CODENAME")" >"$lists/source.list"
    mkdir -p "$lists/state/lists/partial" "$lists/cache/archives/partial"
    local options=(-o "Dir::Etc::sourcelist=$lists/source.list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$lists/state/lists" -o "Dir::Cache=$lists/cache" -qq)
    (cd "$folder" && apt-get "${options[@]}" update && apt-get "${options[@]}" source --download-only "postgresql-$major") >&2 || {
        tangelo_say "The source could not be fetched. Unpack postgresql-$major by hand and let TANGELO_POSTGRES_SOURCES name its folder."
        rm -rf "$lists"
        return 1
    }
    rm -rf "$lists"
    # Only the tests: they are a small part of it.
    tar -xf "$folder"/postgresql-"$major"_*.orig.tar.* -C "$folder" --wildcards '*/src/test/regress'
    find "$folder" -maxdepth 1 -type d -name "postgresql-$major*" | head -n 1
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
