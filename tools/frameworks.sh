#!/usr/bin/env bash
# Runs the test suites of Django and of Ruby on Rails' ActiveRecord through a cluster and on a plain server, and compares each test.
#
#   tools/frameworks.sh                       both suites; writes docs/frameworks.md (some 40 minutes)
#   tools/frameworks.sh django basic queries  only these applications of Django's tests; writes nothing
#   tools/frameworks.sh activerecord test/cases/base_test.rb
#
# The suites are Debian's: packages are installed, and the sources go to .local/, which is not part of Tangelo.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
. tools/prerequisites.sh
. tools/sources.sh
tangelo_prerequisites
DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install \
    python3-django python3-psycopg2 ruby-activerecord ruby-pg ruby-mocha ruby-minitest ruby-bcrypt ruby-builder ruby-sqlite3 ruby-actionpack >/dev/null </dev/null
for package in python-django rails; do
    folder=.local/frameworks/$package
    [ -d "$folder" ] && continue
    archive=$(tangelo_source "$package")
    mkdir -p "$folder.part"
    tar -xf "$archive" -C "$folder.part" --strip-components 1
    mv "$folder.part" "$folder"
done
tools/publish.sh
PYTHONPATH=bench:tests/Frameworks exec /usr/bin/python3 -m frameworks "$@"
