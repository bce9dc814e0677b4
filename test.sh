#!/usr/bin/env bash
# Builds everything and runs every test project, one after another because many of them start servers.
#
#   ./test.sh [PROJECT...]     only these, for example: ./test.sh Tangelo.Sql.Tests
#
# The last line is "N passed, N failed, N skipped". TANGELO_TEST_LIMIT is the most seconds a project may take (900).
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")"
. tools/prerequisites.sh
tangelo_for_tests=1 tangelo_prerequisites

passed=0 failed=0 skipped=0
finish() {
    [ "$((passed + failed))" -gt 0 ] || { tangelo_say "No test was run."; failed=1; }
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" = 0 ]
    exit
}

started=$SECONDS
if ! dotnet build Tangelo.slnx -c Release -v quiet --nologo -clp:NoSummary; then
    tangelo_say "The build failed."
    failed=1
    finish
fi
echo "built in $((SECONDS - started)) s"

# PostgreSQL's own regression files: their tests are skipped where the source cannot be fetched.
TANGELO_POSTGRES_SOURCES=${TANGELO_POSTGRES_SOURCES:-$(timeout 120 tools/regression.sh --fetch || true)}
export TANGELO_POSTGRES_SOURCES

# A gate runs statements that have been looked at; new ones are looked for with dotnet test tests/Fuzz.Tests.
export FUZZ_CASES=${FUZZ_CASES:-4000}

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
slowest() { sed -n -E 's/.*<UnitTestResult .*testName="([^"]*)".* duration="([^".]*)[^"]*".*/   \2 \1/p' "$1" | sort -r | head -n 5 | cut -c1-140; }
counter() { sed -n -E "s/.*<Counters .*\\b$2=\"([0-9]+)\".*/\\1/p" "$1" | head -n 1; }

for project in tests/*.Tests/*.csproj; do
    name=$(basename "$project" .csproj)
    if [ $# -gt 0 ]; then
        case " $* " in *" $name "* | *" Tangelo.$name "*) ;; *) continue ;; esac
    fi
    started=$SECONDS
    echo "== $name"
    timeout --kill-after=20 "${TANGELO_TEST_LIMIT:-900}" \
        dotnet test "$project" -c Release --no-build --nologo -v quiet \
        --logger "trx;LogFileName=$results/$name.trx" --logger "console;verbosity=minimal" </dev/null
    code=$?
    report=$results/$name.trx
    p=0 f=0 total=0
    if [ -e "$report" ]; then
        p=$(counter "$report" passed) f=$(counter "$report" failed) total=$(counter "$report" total)
    fi
    if [ "$code" = 124 ] || [ "$code" = 137 ]; then
        echo "$name did not end in ${TANGELO_TEST_LIMIT:-900} s"
        f=$((f + 1)) total=$((total + 1))
    elif [ "$code" != 0 ] && [ "$f" = 0 ]; then
        echo "$name broke off with exit code $code"
        f=1 total=$((total + 1))
    fi
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + total - p - f))
    echo "   $p passed, $f failed, $((total - p - f)) skipped in $((SECONDS - started)) s"
    [ "$((SECONDS - started))" -lt 60 ] || [ ! -e "$report" ] || slowest "$report"
done
finish
