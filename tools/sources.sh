# Read by the scripts that run other projects' tests: fetches source packages of Debian into .local/, which is not part of Tangelo.

# tangelo_source PACKAGE: downloads the source package and prints the archive with the upstream source.
tangelo_source() {
    local folder=$PWD/.local/sources/$1 lists
    if ! compgen -G "$folder/*.orig.tar.*" >/dev/null; then
        tangelo_say "Fetching the source of $1"
        mkdir -p "$folder"
        lists=$(mktemp -d)
        # A list of source packages of our own: the machine's lists stay as they are.
        printf 'deb-src http://deb.debian.org/debian %s main\n' "$(. /etc/os-release && echo "$VERSION_CODENAME")" >"$lists/source.list"
        mkdir -p "$lists/state/lists/partial" "$lists/cache/archives/partial"
        local options=(-o "Dir::Etc::sourcelist=$lists/source.list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$lists/state/lists" -o "Dir::Cache=$lists/cache" -qq)
        if ! (cd "$folder" && apt-get "${options[@]}" update && apt-get "${options[@]}" source --download-only "$1") >&2; then
            rm -rf "$lists" "$folder"
            return 1
        fi
        rm -rf "$lists"
    fi
    compgen -G "$folder/*.orig.tar.*" | grep -v '\.asc$'
}
