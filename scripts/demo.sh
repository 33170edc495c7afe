#!/usr/bin/env bash
# Shows the whole tool at work on real data: `make demo`, or `make demo SCALE=30` for a million rows.
# Runs on a private PostgreSQL of its own, which is stopped at the end however the demo ends; its data stays.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
scale=${SCALE:-1}
[[ $scale =~ ^[1-9][0-9]{0,2}$ ]] || { echo "SCALE=$scale: write a number from 1 to 999" >&2; exit 2; }

# A private server belongs to the folder in which the tool runs. This one is not the project's, so the demo and a
# developer's own server, or their .env file, know nothing of each other.
folder=$root/.build/demo
mkdir -p "$folder/bin"
cd "$folder"
# The program with the Swift backfill of these tables compiled in.
ln -sfn "$root/.build/release/caisson-example" bin/caisson
ln -sfn "$root/migrations" migrations
ln -sfn "$root/backfills" backfills

unset DATABASE_URL "${!PG@}"
# The last two are where Homebrew keeps psql.
PATH=$folder/bin:$PATH:${CAISSON_PG_BIN:-/nonexistent}:/opt/homebrew/opt/libpq/bin:/usr/local/opt/libpq/bin
command -v psql >/dev/null || { echo "psql is not installed; it comes with PostgreSQL's client programs" >&2; exit 1; }

# MARK: Showing

bold='' plain=''
[ ! -t 1 ] || [ -n "${NO_COLOR:-}" ] || { bold=$'\033[1m' plain=$'\033[0m'; }

heading() { printf '\n%s== %s%s\n' "$bold" "$*" "$plain"; }
show() { printf '\n$ %s\n' "$*"; }
run() { show "$@"; "$@"; }

# Runs a command that is to end with a certain exit code.
run_expecting() {
    local code=0
    run "${@:2}" || code=$?
    echo "(exit code $code)"
    [ "$code" -eq "$1" ]
}

query() {
    show "psql -c \"$1\""
    psql -Xq -P pager=off -P footer=off "$DATABASE_URL" -c "$1"
}

# MARK: Stopping

# Starts a command in a process group of its own, so that Ctrl-C reaches this script and not the command: a server
# whose start is cut off half way could come up after we have gone.
apart() {
    set -m
    "$@" &
    set +m
}

worker='' starter=''

clean_up() {
    trap '' INT TERM HUP
    [ -z "$worker" ] || { kill -KILL "$worker"; wait "$worker"; } 2>/dev/null || true
    [ -z "$starter" ] || wait "$starter" || true
    heading "Stop the server"
    show caisson server stop
    apart caisson server stop
    wait $!
    [ -z "${DATABASE_URL:-}" ] || printf '\nLook around: cd %q && ../release/caisson server start && psql %q\n' \
        "$folder" "$DATABASE_URL"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

# Runs a backfill until some chunks of it are committed, and then sends a signal to it.
interrupt() {
    local signal=$1 chunks=$2 name=$3 code=0
    show "caisson backfill run ${*:3} &"
    apart caisson backfill run "${@:3}"
    worker=$!
    while kill -0 "$worker" 2>/dev/null && [ "$(committed_chunks "$name")" -lt "$chunks" ]; do sleep 0.01; done
    show "kill -$signal $worker"
    kill "-$signal" "$worker" || true
    wait "$worker" 2>/dev/null || code=$?
    worker=''
    echo "(exit code $code)"
}

committed_chunks() {
    psql -XqAt "$DATABASE_URL" -c "
        SELECT coalesce(sum(chunks), 0)
        FROM caisson.backfill_range JOIN caisson.backfill_run AS run ON run.id = run_id WHERE name = '$1'"
}

# MARK: The demo

heading "A private PostgreSQL: its own data folder, a Unix socket, no port, no password"
show caisson server start
apart caisson server start
starter=$!
wait "$starter"
server=$(caisson server status --json | sed 's/.*"url":"\([^"]*\)".*/\1/')
psql -Xq "$server" -c 'SET client_min_messages = warning' -c 'DROP DATABASE IF EXISTS demo WITH (FORCE)' \
    -c 'CREATE DATABASE demo'
export DATABASE_URL=${server/\/postgres\?//demo?}
show "export DATABASE_URL='$DATABASE_URL'"

heading "The first three migrations"
run caisson migrate up --to 20261102100000

heading "Real data: the cities of the world, from GeoNames (CC BY 4.0)"
show "gunzip -c data/cities.csv.gz | caisson import - --into city --map geoname_id=id"
gunzip -c "$root/data/cities.csv.gz" | caisson import - --into city --map geoname_id=id
if [ "$scale" -gt 1 ]; then
    heading "Every city $scale times, with other ids"
    query "
        INSERT INTO city
        SELECT id + copy * 100000000::bigint, name, alternate_names, country_code, admin1_code, latitude, longitude, population,
               timezone
        FROM city, generate_series(1, $scale - 1) AS copy"
    query "ANALYZE city"
fi

heading "The next migrations: the last one waits for a backfill, which is exit code 11"
run_expecting 11 caisson migrate up
run caisson migrate status

heading "What the backfill would do: a real chunk, run and rolled back"
run caisson backfill list
run caisson backfill run normalize_city_names --dry-run

heading "The backfill itself"
run caisson backfill run normalize_city_names --workers 2

heading "A backfill written in Swift, interrupted by Ctrl-C: it finishes its chunk and can be gone on with"
interrupt INT 10 split_alternate_names --chunk-size $((500 * scale))
run caisson backfill status split_alternate_names
run caisson backfill run split_alternate_names --chunk-size $((500 * scale))

heading "A backfill that adds up, killed in the middle: no city may be left out and none counted twice"
interrupt KILL 20 population_by_country --chunk-size $((100 * scale))
run caisson backfill status population_by_country
run caisson backfill run population_by_country --chunk-size $((100 * scale))

heading "Now the last migration is let through"
run caisson migrate up

heading "What is in the tables now"
query "SELECT * FROM country ORDER BY population DESC LIMIT 5"
query "
    SELECT script, count(*) AS names, min(name) AS example
    FROM city_name WHERE city_id = 2657896 GROUP BY script ORDER BY names DESC, script"
query "
    SELECT DISTINCT name, country_code, population
    FROM city WHERE search_name LIKE 'sao p%' ORDER BY population DESC LIMIT 5"

heading "What the control tables have recorded"
run caisson status
query "
    SELECT run.name, range.ordinal, range.state, range.epoch AS owners, cursor, rows_changed AS changed, chunks
    FROM caisson.backfill_range AS range JOIN caisson.backfill_run AS run ON run.id = run_id
    WHERE range.ordinal <= 3 ORDER BY run.id, range.ordinal"
query "
    SELECT to_char(at, 'HH24:MI:SS.MS') AS at, event, subject, actor, tool_version AS version
    FROM caisson.event ORDER BY id"
