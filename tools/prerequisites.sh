# Read by up.sh and test.sh: makes sure that what Tangelo is built from and runs on is there. Debian packages that are missing
# are installed; whatever cannot be installed is named, with what to do, and the script ends.

tangelo_say() { printf 'tangelo: %s\n' "$*" >&2; }

tangelo_require_sdk() {
    if ! command -v dotnet >/dev/null; then
        tangelo_say "The .NET 10 SDK is missing, and Debian has no package of it: install it from Microsoft and put dotnet on the PATH."
        exit 1
    fi
    if ! dotnet --version >/dev/null 2>&1; then
        tangelo_say "The .NET SDK here is too old (see global.json); install version 10. Found:"
        dotnet --list-sdks >&2
        exit 1
    fi
}

# The newest PostgreSQL from 15 on with its contrib modules, or nothing.
tangelo_postgres() {
    local bin major
    for bin in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV); do
        major=$(basename "$(dirname "$bin")")
        [ -x "$bin/initdb" ] && [ "$major" -ge 15 ] 2>/dev/null &&
            [ -e "/usr/share/postgresql/$major/extension/postgres_fdw.control" ] && { echo "$bin"; return; }
    done
}

tangelo_missing_packages() {
    [ -n "$(tangelo_postgres)" ] || echo postgresql-15 postgresql-contrib
    command -v psql >/dev/null || echo postgresql-client-15
    { [ -e /usr/include/pg_query/pg_query.proto ] && compgen -G '/usr/lib/*/libpg_query.so' >/dev/null; } || echo libpg-query-dev
    command -v pgbouncer >/dev/null || [ -x /usr/sbin/pgbouncer ] || echo pgbouncer
    # The tests fetch a server of another version with it.
    [ -z "${tangelo_for_tests:-}" ] || command -v npm >/dev/null || echo npm
    [ -z "${tangelo_for_tests:-}" ] || tangelo_missing_drivers
    command -v setpriv >/dev/null || echo util-linux
}

# The drivers that tests/clients tries. A JDK is too large to be installed for one of them: where there is none its test is skipped.
tangelo_missing_drivers() {
    /usr/bin/python3 -c 'import psycopg' 2>/dev/null || echo python3-psycopg
    /usr/bin/python3 -c 'import psycopg2' 2>/dev/null || echo python3-psycopg2
    ! command -v javac >/dev/null || [ -e /usr/share/java/postgresql.jar ] || echo libpostgresql-jdbc-java
}

tangelo_install() {
    local missing as_root="" log
    missing=$(tangelo_missing_packages | xargs)
    [ -n "$missing" ] || return 0
    if ! command -v apt-get >/dev/null; then
        tangelo_say "Missing: $missing. This is no Debian, so install them by hand."
        exit 1
    fi
    if [ "$(id -u)" != 0 ]; then
        if ! sudo -n true 2>/dev/null; then
            tangelo_say "Missing: $missing. Only root can install them: apt-get install $missing"
            exit 1
        fi
        as_root="sudo -n"
    fi
    tangelo_say "Installing $missing"
    log=$(mktemp)
    tangelo_apt() { $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends "$@" </dev/null >>"$log" 2>&1; }
    if ! { tangelo_apt update && tangelo_apt install postgresql-common && tangelo_no_main_cluster "$as_root" && tangelo_apt install $missing; }; then
        tail -n 5 "$log" >&2
        tangelo_say "These packages could not be installed: $missing (all of the output: $log)"
        exit 1
    fi
    rm -f "$log"
    # The package starts a pgbouncer of its own, which only the bench could use, and the bench starts its own too.
    case " $missing " in *" pgbouncer "*) $as_root systemctl disable --now pgbouncer >/dev/null 2>&1 || true ;; esac
    missing=$(tangelo_missing_packages | xargs)
    if [ -n "$missing" ]; then
        tangelo_say "Installed, but still not there: $missing. Tangelo is tried on Debian 12."
        exit 1
    fi
}

# Debian's server packages make a cluster "main" on port 5432, the port that up.sh takes.
tangelo_no_main_cluster() {
    $1 sed -i -E 's/^[# ]*create_main_cluster.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf
}

tangelo_prerequisites() {
    export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
    # Root of a container may have no home.
    export HOME="${HOME:-/root}"
    tangelo_require_sdk
    tangelo_install
}
