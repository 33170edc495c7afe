"""Compares migrating with dbmate: the same files, the same server, in turns; medians of ROUNDS (5) runs.

FILES (300) migrations of one table each are applied to an empty database; then `status`, and `up` with nothing to do. The
clock runs from the start of the process to its end. Beside the tools stands what the server itself takes for the same statements
and records, sent in one go by one session: that part of the time is nobody's to save.

Then FAR_FILES (100) of them with the server DELAY_MS (10) away in each direction, where a round trip is the measure of all things.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from delay_proxy import DelayProxy
from samples import write_migrations

FOLDER = Path(__file__).resolve().parent
ROUNDS = int(os.environ.get("ROUNDS", 5))
FILES = int(os.environ.get("FILES", 300))
FAR_FILES = int(os.environ.get("FAR_FILES", 100))
DELAY = float(os.environ.get("DELAY_MS", 10)) / 1000
# What FAR_FILES of 100 may take, in seconds.
FAR_LIMIT = 2.6
TOOL = FOLDER.parent / ".build/release/caisson"
BENCHMARK = FOLDER / ".build/release/MigrateBenchmark"
CORPUS = FOLDER.parent / "Tests/SQLSyntaxTests/Corpus/corpus.jsonl"

# case: title and the most of dbmate's time that is asked for
CASES = {"up": ("up, empty database", 0.9), "status": ("status", 1), "again": ("up, nothing to do", 1)}


def write_script(file):
    """The corpus of the tests as one script: every construct, close together."""
    scripts = (json.loads(line)["script"] for line in CORPUS.read_text().splitlines())
    file.write_text("\n;\n".join(scripts) + "\n;\n")


def psql(url, statement):
    subprocess.run(["psql", "-qXd", url, "-v", "ON_ERROR_STOP=1", "-c", statement], check=True)


def query(url, statement):
    command = ["psql", "-qXAtd", url, "-c", statement]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def command(tool, case, url, migrations):
    word = "status" if case == "status" else "up"
    if tool == "caisson":
        return [TOOL, "migrate", word, "--database", url, "--migrations", migrations]
    return [dbmate(), "--url", dbmate_url(url), "--migrations-dir", migrations, "--no-dump-schema", word]


def dbmate():
    return Path(sys.executable).parent / "dbmate"


def dbmate_url(url):
    """dbmate takes the folder of a socket as a parameter, and asks for TLS unless told not to."""
    import psycopg

    parts = psycopg.conninfo.conninfo_to_dict(url)
    query = f"socket={parts['host']}&sslmode=disable" + (f"&port={parts['port']}" if "port" in parts else "")
    return f"postgres://{parts.get('user', '')}@/{parts['dbname']}?{query}"


def timed(arguments):
    start = time.perf_counter()
    done = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd="/")
    seconds = time.perf_counter() - start
    if done.returncode != 0:
        raise SystemExit(f"{arguments} failed:\n{done.stdout}")
    return seconds


def run(server, tool, number, migrations, results):
    # Never dropped: ext4 looks for new files through all that were deleted in the last seconds, which made each of the 300
    # tables take three times as long.
    name = f"bench_{tool}_{number}"
    psql(server, f"CREATE DATABASE {name}")
    psql(server, "CHECKPOINT")
    url = server.replace("dbname=postgres", f"dbname={name}").replace("/postgres?", f"/{name}?")
    assert url != server
    for case in CASES:
        results[case][tool].append(timed(command(tool, case, url, migrations)))
        tables = query(url, "SELECT count(*) FROM pg_class WHERE relname LIKE 'item\\_%' AND relkind = 'r'")
        assert int(tables) == FILES, tables


def server_share(server, number, migrations):
    """The seconds that the server takes for the statements of all files and a ledger of two tables, without a tool."""
    name = f"bench_server_{number}"
    psql(server, f"CREATE DATABASE {name}")
    url = server.replace("dbname=postgres", f"dbname={name}").replace("/postgres?", f"/{name}?")
    psql(url, "CREATE TABLE migration (version text PRIMARY KEY, up_text text); CREATE TABLE event (id serial PRIMARY KEY, at text)")
    psql(server, "CHECKPOINT")
    script = migrations.parent / "all.sql"
    with script.open("w") as file:
        for path in sorted(migrations.iterdir()):
            text = path.read_text()
            up = text.split("-- migrate:down")[0]
            version = path.name.split("_")[0]
            file.write(f"BEGIN;\n{up}\nINSERT INTO migration VALUES ('{version}', $text${text}$text$);\n")
            file.write(f"INSERT INTO event (at) VALUES ('{version}');\nCOMMIT;\n")
    return timed(["psql", "-qXd", url, "-v", "ON_ERROR_STOP=1", "-f", script])


def run_far(server, tool, number, migrations):
    """Seconds, and the round trips that the proxy has counted."""
    import psycopg

    parts = psycopg.conninfo.conninfo_to_dict(server)
    name = f"far_{tool}_{number}"
    psql(server, f"CREATE DATABASE {name}")
    socket = f"{parts['host']}/.s.PGSQL.{parts.get('port', 5432)}"
    with DelayProxy(socket, DELAY) as proxy:
        url = f"postgres://{parts.get('user', '')}@127.0.0.1:{proxy.port}/{name}?sslmode=disable"
        words = [TOOL, "migrate", "up", "--database", url, "--migrations", migrations]
        if tool == "dbmate":
            words = [dbmate(), "--url", url, "--migrations-dir", migrations, "--no-dump-schema", "up"]
        seconds = timed(words)
        return seconds, sum(proxy.take_trips())


def report_far(far):
    print(f"\n{FAR_FILES} migrations, {DELAY * 1000:.0f} ms each way\n")
    print("| tool | s | round trips | asked, s |")
    print("|---|---|---|---|")
    for tool, runs in far.items():
        seconds, trips = (statistics.median(values) for values in zip(*runs))
        asked = ""
        if tool == "caisson" and FAR_FILES == 100 and DELAY == 0.01:
            asked = f"{FAR_LIMIT}{'' if seconds <= FAR_LIMIT else '  MISSED'}"
        print(f"| {tool} | {seconds:.2f} | {trips:.0f} | {asked} |")


def report(results):
    print("| case | caisson, s | dbmate, s | ratio | asked |")
    print("|---|---|---|---|---|")
    for case, (title, asked) in CASES.items():
        own, other = (statistics.median(results[case][tool]) for tool in ("caisson", "dbmate"))
        wanted = f"{asked:.2f}{'' if own / other <= asked else '  MISSED'}"
        print(f"| {title} | {own:.3f} | {other:.3f} | {own / other:.2f} | {wanted} |")


def report_lexer(script):
    output = subprocess.run([BENCHMARK, "lexer", script], check=True, stdout=subprocess.PIPE, text=True).stdout
    speeds = json.loads(output)
    print(f"\nLexer: {speeds['tokens']:.0f} MB/s; statements with their classes: {speeds['statements']:.0f} MB/s; asked: 100")


def versions(server):
    other = subprocess.run([dbmate(), "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    return f"PostgreSQL {query(server, 'SHOW server_version')}; {other}; load at the start {os.getloadavg()[0]:.2f}"


def main():
    process = subprocess.Popen([BENCHMARK, "server"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        server = process.stdout.readline().strip()
        with tempfile.TemporaryDirectory() as folder:
            migrations, script = Path(folder) / "migrations", Path(folder) / "script.sql"
            write_migrations(migrations, FILES)
            write_script(script)
            print(f"{FILES} migrations, medians of {ROUNDS}; {versions(server)}\n")
            results = {case: {"caisson": [], "dbmate": []} for case in CASES}
            far = {"caisson": [], "dbmate": []}
            share = []
            far_migrations = Path(folder) / "far"
            write_migrations(far_migrations, FAR_FILES)
            for number in range(1, ROUNDS + 1):
                for tool in ("caisson", "dbmate"):
                    run(server, tool, number, migrations, results)
                    if number <= 3:
                        far[tool].append(run_far(server, tool, number, far_migrations))
                    print(f"round {number}: {tool}", file=sys.stderr)
                share.append(server_share(server, number, migrations))
            report(results)
            print(f"\nOf `up`, the server's own share: {statistics.median(share):.3f} s")
            report_far(far)
            report_lexer(script)
        print(f"load at the end {os.getloadavg()[0]:.2f}")
    finally:
        process.stdin.close()
        process.wait()


if __name__ == "__main__":
    main()
