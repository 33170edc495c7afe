#!/usr/bin/env bash
# Installs what the build, the private server and the tests need, and only what is missing: libpq with its headers,
# pkg-config, PostgreSQL's server programs, and PgBouncer, before which some tests put their sessions. Where nothing
# is missing no package manager is touched.
set -euo pipefail

say() { printf 'setup: %s\n' "$*" >&2; }

die() {
    say "$@"
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# The same places as `caisson` looks into (Sources/LocalServer/ServerPrograms+Search.swift).
have_server() {
    local directory
    local -a places=(/usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql*/bin
        /usr/local/opt/postgresql*/bin /usr/local/pgsql/bin)
    if [ -n "${CAISSON_PG_BIN:-}" ]; then
        places=("$CAISSON_PG_BIN")
    else
        have initdb && have pg_ctl && have postgres && return 0
        have pg_config && places+=("$(pg_config --bindir)")
    fi
    for directory in "${places[@]}"; do
        [ -x "$directory/initdb" ] && [ -x "$directory/pg_ctl" ] && [ -x "$directory/postgres" ] && return 0
    done
    return 1
}

# The same places as the tests look into (Tests/TestSupport/Server/TestPooler.swift).
have_pooler() {
    local directory
    for directory in /usr/sbin /usr/bin /usr/local/bin /usr/local/sbin /opt/homebrew/bin; do
        [ -x "$directory/pgbouncer" ] && return 0
    done
    return 1
}

# SwiftPM asks the program pkg-config where Debian keeps its .pc files, so the headers alone do not do.
have_libpq() {
    have pkg-config && pkg-config --exists libpq && return 0
    [ -f "$(brew_prefix libpq)/lib/pkgconfig/libpq.pc" ]
}

brew_prefix() {
    if have brew; then brew --prefix "$1" 2>/dev/null; else echo /nonexistent; fi
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif have sudo; then
        sudo "$@"
    else
        die "not root, and there is no sudo. Run this as root, then try again: apt-get install ${missing[*]}"
    fi
}

# Debian's server package creates and starts a server of the whole machine at its first installation. We want the
# programs only, so we say so, in the folder that Debian has for such wishes, for as long as the installation takes:
# no file of the system is changed, and whoever installs another version later gets Debian's default again.
wishes=/etc/postgresql-common/createcluster.d
wish=$wishes/caisson-setup.conf

install_with_apt() {
    as_root apt-get update -q || say "apt-get update had errors; trying to install all the same"
    as_root mkdir -p "$wishes"
    trap forget_wish EXIT
    echo 'create_main_cluster = false' | as_root tee "$wish" >/dev/null
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"
}

# The package starts PgBouncer as a service of the machine; the tests start their own.
stop_pooler_service() {
    if have systemctl; then as_root systemctl disable --quiet --now pgbouncer.service || true; fi
}

forget_wish() {
    as_root rm -f "$wish"
    as_root rmdir "$wishes" 2>/dev/null || true
}

have swift || die "Swift 6 is not installed, or not on the PATH. Get it from https://swift.org/install"

missing=()
if [ "$(uname -s)" = Darwin ]; then
    have_libpq || missing+=(libpq)
    have_server || missing+=(postgresql@17)
    have_pooler || missing+=(pgbouncer)
else
    have pkg-config || missing+=(pkg-config)
    have_libpq || missing+=(libpq-dev)
    have_server || missing+=(postgresql)
    have_pooler || missing+=(pgbouncer)
fi

[ ${#missing[@]} -gt 0 ] || exit 0

say "installing ${missing[*]}"
if [ "$(uname -s)" = Darwin ]; then
    have brew || die "Homebrew is not installed. Get it from https://brew.sh, then try again"
    brew install "${missing[@]}"
elif have apt-get; then
    install_with_apt "${missing[@]}"
    case " ${missing[*]} " in *" pgbouncer "*) stop_pooler_service ;; esac
else
    die "there is no apt-get. Install PostgreSQL's server programs, libpq with its headers, pkg-config and PgBouncer."
fi

have_libpq || die "libpq is still not found: see what 'pkg-config --print-errors --exists libpq' says"
have_server || die "initdb, pg_ctl and postgres are still not found: set CAISSON_PG_BIN to the folder that holds them"
have_pooler || die "pgbouncer is still not found: it should lie in /usr/sbin or /usr/local/bin"
