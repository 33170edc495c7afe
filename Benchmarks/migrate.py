"""Compares migrating with dbmate: the same files, the same server, in turns; medians of ROUNDS (5) runs.

FILES (300) migrations of one table each are applied to an empty database; then `status`, and `up` with nothing to do. The
clock runs from the start of the process to its end.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from samples import write_migrations

FOLDER = Path(__file__).resolve().parent
ROUNDS = int(os.environ.get("ROUNDS", 5))
FILES = int(os.environ.get("FILES", 300))
TOOL = FOLDER.parent / ".build/release/caisson"
BENCHMARK = FOLDER / ".build/release/MigrateBenchmark"
CORPUS = FOLDER.parent / "Tests/SQLSyntaxTests/Corpus/corpus.jsonl"

# case: title and the most of dbmate's time that is asked for
CASES = {"up": ("up, empty database", 0.7), "status": ("status", 1), "again": ("up, nothing to do", 1)}


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
            for number in range(1, ROUNDS + 1):
                for tool in ("caisson", "dbmate"):
                    run(server, tool, number, migrations, results)
                    print(f"round {number}: {tool}", file=sys.stderr)
            report(results)
            report_lexer(script)
        print(f"load at the end {os.getloadavg()[0]:.2f}")
    finally:
        process.stdin.close()
        process.wait()


if __name__ == "__main__":
    main()
