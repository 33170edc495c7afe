"""How much slower the tool is when the server is DELAY_MS (10) away in each direction: `make bench-latency`.

Every case runs locally and through a proxy of its own, in turns, each run a process of its own on fresh tables; medians of ROUNDS
(3). ROWS (1,000,000) is the size of the tables, CASES names some of the cases. A ratio is the time through the proxy by the local one.
Round trips are known twice: by the clock, as what a run took longer, and as the proxy counted them.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable
from urllib.parse import parse_qs, urlsplit

from delay_proxy import DelayProxy
from samples import write_migrations

FOLDER = Path(__file__).resolve().parent
TOOL = FOLDER.parent / ".build/release/caisson"
BENCHMARK = FOLDER / ".build/release/BackfillBenchmark"
ROUNDS = int(os.environ.get("ROUNDS", 3))
ROWS = int(os.environ.get("ROWS", 1_000_000))
FILES = int(os.environ.get("FILES", 100))
DELAY = float(os.environ.get("DELAY_MS", 10)) / 1000
ROUND_TRIP = 2 * DELAY
PLACES = ("local", "away")

CHUNKS = "SELECT sum(chunks) FROM caisson.backfill_range"


@dataclass
class Case:
    """What runs at both places, and what is aimed at: a ratio of the seconds, or round trips for each chunk."""

    title: str
    prepare: Callable  # (url, folder)
    command: Callable  # (url, folder) -> arguments
    check: str  # a query that returns true when everything is done
    chunks: str  # a query for how many pieces of work there were
    ratio: float = None
    trips: float = None
    own_database: bool = False


# Tables


def psql(url, *statements):
    commands = [part for statement in statements for part in ("-c", statement)]
    quiet = {**os.environ, "PGOPTIONS": "-c client_min_messages=warning"}
    command = ["psql", "-qXAtd", url, "-v", "ON_ERROR_STOP=1", *commands]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=quiet).stdout.strip()


def fill(rows):
    def prepare(url, _):
        psql(
            url,
            "DROP TABLE IF EXISTS item, word",
            "DROP SCHEMA IF EXISTS caisson CASCADE",
            "CREATE TABLE item (id bigint PRIMARY KEY, a text NOT NULL, b text, n integer NOT NULL)",
            f"""
            INSERT INTO item
            SELECT number, 'item ' || md5(number::text), 'to be replaced', number % 1000
            FROM generate_series(1, {rows}) AS number
            """,
            "CREATE TABLE word (n integer PRIMARY KEY, text text NOT NULL)",
            "INSERT INTO word SELECT number, 'word ' || number FROM generate_series(0, 999) AS number",
            "VACUUM (FREEZE, ANALYZE) item, word",
            "CHECKPOINT",
        )

    return prepare


def empty_table(url, _):
    psql(
        url,
        "DROP TABLE IF EXISTS item",
        "DROP SCHEMA IF EXISTS caisson CASCADE",
        "CREATE TABLE item (id bigint NOT NULL, name text NOT NULL, note text NOT NULL)",
        "CHECKPOINT",
    )


BACKFILLS = {
    "one_statement": "UPDATE item SET b = upper(item.a) FROM chunk WHERE item.id = chunk.id",
    # The new value comes from elsewhere, so that the rows are locked first.
    "two_statements": (
        "UPDATE item SET b = (SELECT word.text FROM word WHERE word.n = item.n) FROM chunk WHERE item.id = chunk.id"
    ),
}
UPPER = "SELECT count(*) = {} FROM item WHERE b = upper(a)"
WORDS = "SELECT count(*) = {} FROM item JOIN word ON word.n = item.n WHERE b = word.text"


def write_files(folder):
    (folder / "backfills").mkdir()
    for name, statement in BACKFILLS.items():
        head = f"-- backfill: {name}\n-- table: item\n-- key: id\n"
        (folder / "backfills" / f"{name}.sql").write_text(head + statement + "\n")
    write_migrations(folder / "migrations", FILES)
    with open(folder / "item.csv", "w") as file:
        file.write("id,name,note\n")
        file.writelines(f"{n},item number {n % 1000},a note {n % 1000}\n" for n in range(1, ROWS + 1))


# Commands


def backfill(name, *options):
    def command(url, folder):
        return [TOOL, "backfill", "run", name, "--backfills", folder / "backfills", "--database", url, *options]

    return command


def row_backfill(url, _):
    return [BENCHMARK, "case", "rows-1", url]


def migrate(url, folder):
    return [TOOL, "migrate", "up", "--database", url, "--migrations", folder / "migrations"]


def import_file(url, folder):
    return [TOOL, "import", folder / "item.csv", "--into", "item", "--database", url]


CASES = {
    "one": Case(
        "SQL backfill, one statement a chunk", fill(ROWS), backfill("one_statement"), UPPER.format(ROWS),
        CHUNKS, ratio=1.35,
    ),
    "two": Case(
        "SQL backfill, rows locked first", fill(ROWS), backfill("two_statements"), WORDS.format(ROWS),
        CHUNKS, ratio=1.35,
    ),
    "small": Case(
        "the first one in chunks of 2,000", fill(ROWS), backfill("one_statement", "--chunk-size", "2000"),
        UPPER.format(ROWS), CHUNKS, trips=2.2,
    ),
    "small-two": Case(
        "the second one in chunks of 2,000", fill(ROWS), backfill("two_statements", "--chunk-size", "2000"),
        WORDS.format(ROWS), CHUNKS, trips=2.2,
    ),
    "rows": Case("row backfill", fill(ROWS), row_backfill, UPPER.format(ROWS), CHUNKS, ratio=1.35),
    "ten": Case("SQL backfill of 10 rows", fill(10), backfill("one_statement"), UPPER.format(10), CHUNKS),
    "migrate": Case(
        f"{FILES} migrations", lambda url, folder: None, migrate, f"SELECT count(*) = {FILES} FROM caisson.migration",
        "SELECT count(*) FROM caisson.migration", own_database=True,
    ),
    "import": Case(
        "import of a CSV file", empty_table, import_file, f"SELECT count(*) = {ROWS} FROM item",
        "SELECT chunks FROM caisson.import_run",
    ),
}


# Runs


@dataclass
class Run:
    seconds: float
    chunks: int
    trips: list


def timed(arguments):
    start = time.perf_counter()
    done = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd="/")
    seconds = time.perf_counter() - start
    if done.returncode != 0:
        raise SystemExit(f"{arguments} failed:\n{done.stdout}")
    return seconds


class Server:
    """The server's two addresses, for any of its databases."""

    def __init__(self, url):
        self.parts = urlsplit(url)
        host = parse_qs(self.parts.query)["host"][0]
        port = parse_qs(self.parts.query).get("port", ["5432"])[0]
        self.socket_path = f"{host}/.s.PGSQL.{port}"
        self.proxy = None

    def url(self, place, database="postgres"):
        if place == "local":
            return self.parts._replace(path=f"/{database}").geturl()
        return f"postgresql://{self.parts.username}@127.0.0.1:{self.proxy.port}/{database}?sslmode=disable"


def run(case, place, number, server, folder):
    database = "postgres"
    if case.own_database:
        # Never dropped: see migrate.py.
        database = f"bench_{place}_{number}"
        psql(server.url("local"), f"CREATE DATABASE {database}", "CHECKPOINT")
    local = server.url("local", database)
    case.prepare(local, folder)
    server.proxy.take_trips()
    seconds = timed(case.command(server.url(place, database), folder))
    trips = server.proxy.take_trips()
    assert psql(local, case.check) == "t", f"{case.title}: not everything is done"
    return Run(seconds, int(psql(local, case.chunks)), trips)


def measure_proxy(server, folder):
    """What the proxy does besides being late: nothing, if a round trip takes the delay and a COPY hardly longer than without."""
    figures = {}
    for place in PLACES:
        script = "\\timing on\n" + "SELECT 1;\n" * 30
        command = ["psql", "-qXAtd", server.url(place)]
        output = subprocess.run(command, input=script, check=True, stdout=subprocess.PIPE, text=True).stdout
        times = [float(line.split()[1]) for line in output.splitlines() if line.startswith("Time:")]
        empty_table(server.url("local"), folder)
        copy = f"\\copy item FROM '{folder / 'item.csv'}' WITH (FORMAT csv, HEADER)"
        start = time.perf_counter()
        psql(server.url(place), copy)
        figures[place] = (statistics.median(times), time.perf_counter() - start)
    (ping, copy), (far_ping, far_copy) = figures["local"], figures["away"]
    size = (folder / "item.csv").stat().st_size / 1e6
    print(
        f"The proxy itself: SELECT 1 takes {far_ping:.2f} ms ({ping:.2f} ms without it), COPY of {size:.0f} MB by psql "
        f"{far_copy:.2f} s ({copy:.2f} s)\n"
    )


# Report


def median(runs, field):
    return statistics.median(field(run) for run in runs)


def report(results):
    print(
        "| case | local, s | away, s | ratio | aimed at | chunks | round trips a chunk, by the clock | aimed at "
        "| counted | of the busiest session | a chunk |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for name, runs in results.items():
        print("| " + " | ".join(row(CASES[name], runs["local"], runs["away"])) + " |")


def row(case, local, away):
    near, far = (median(runs, lambda run: run.seconds) for runs in (local, away))
    total = median(away, lambda run: sum(run.trips))
    busiest = median(away, lambda run: max(run.trips, default=0))
    chunks = median(away, lambda run: run.chunks)
    by_clock = (far - near) / ROUND_TRIP / chunks
    return [
        case.title, f"{near:.2f}", f"{far:.2f}", f"{far / near:.2f}", aim(far / near, case.ratio), f"{chunks:.0f}",
        f"{by_clock:.2f}", aim(by_clock, case.trips), f"{total:.0f}", f"{busiest:.0f}", f"{busiest / chunks:.2f}",
    ]


def aim(value, most):
    if most is None:
        return ""
    return f"≤ {most:.2f}{'' if value <= most else '  MISSED'}"


def measure(server, folder):
    version = psql(server.url("local"), "SHOW server_version")
    chosen = os.environ.get("CASES", " ".join(CASES)).split()
    print(
        f"{ROWS} rows, medians of {ROUNDS}, {ROUND_TRIP * 1000:.0f} ms a round trip; PostgreSQL {version}; "
        f"load at the start {os.getloadavg()[0]:.2f}\n"
    )
    measure_proxy(server, folder)
    results = {name: {place: [] for place in PLACES} for name in chosen}
    for number in range(1, ROUNDS + 1):
        for name in chosen:
            for place in PLACES:
                results[name][place].append(run(CASES[name], place, number, server, folder))
                print(f"round {number}: {name}, {place}", file=sys.stderr)
    report(results)
    print(f"\nload at the end {os.getloadavg()[0]:.2f}")


def main():
    process = subprocess.Popen([BENCHMARK, "server"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        server = Server(process.stdout.readline().strip())
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_files(folder)
            with DelayProxy(server.socket_path, DELAY) as server.proxy:
                measure(server, folder)
    finally:
        process.stdin.close()
        process.wait()


if __name__ == "__main__":
    main()
