"""Compares bulk work in Swift with asyncpg, psycopg, SQLAlchemy, pgpq, ADBC and psql.

Same rows, same table, same server, in turns; the medians of ROUNDS (5) runs. Every run is a process of its own. The
texts are ready before the clock starts; the peers also get a ready list of rows, and whoever takes columns has them ready.

Own CPU is what the process used, user and system and all its threads, from the start of the clock to its end. It means the
same for Swift and for the peers in Python. psql is left out: its process begins and ends with the work.
"""

import asyncio
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

FOLDER = Path(__file__).resolve().parent
ROUNDS = int(os.environ.get("ROUNDS", 5))
ROWS = int(os.environ.get("ROWS", 1_000_000))
READ_ROWS = int(os.environ.get("READ_ROWS", 5 * ROWS))
BENCHMARK = FOLDER / ".build/release/BulkBenchmark"

PLAIN = "CREATE TABLE item (id bigint NOT NULL, name text NOT NULL, note text NOT NULL)"
KEYED = "CREATE TABLE item (id bigint PRIMARY KEY, name text NOT NULL, note text NOT NULL)"
FILL = "INSERT INTO item SELECT n, 'name of item ' || n % 1000, 'a note about it, number ' || n % 1000 FROM generate_series(1, {}) n"
HALF = "INSERT INTO item SELECT n, 'to be replaced', 'to be replaced' FROM generate_series(1, {}, 2) n"
UPSERT = (
    "INSERT INTO item (id, name, note) VALUES ({}) "
    "ON CONFLICT (id) DO UPDATE SET name = excluded.name, note = excluded.note"
)

# case: title, rows, how the table is made, peers, the ratio that is asked for by peer
CASES = {
    "copy": (
        "COPY in", ROWS, [PLAIN],
        {
            "swift-columns": None, "asyncpg": 1.3, "psycopg": 1.3, "pgpq": None, "adbc": None,
            "psql": 1 / 1.15, "server-file": None,
        },
    ),
    "insert": ("insert", ROWS, [PLAIN], {"asyncpg": 2, "psycopg": 6, "sqlalchemy": 6}),
    "upsert": (
        "upsert, half conflicts", ROWS, [KEYED, HALF.format(ROWS)],
        {"asyncpg": 2, "psycopg": 2, "sqlalchemy": 5, "asyncpg-staged": 1},
    ),
    "read": ("read by cursor", READ_ROWS, [PLAIN, FILL.format(READ_ROWS)], {"asyncpg": 1.5, "sqlalchemy": 3}),
    "import": ("import of a CSV file", ROWS, [PLAIN], {"psql-csv": 1.1, "pgloader": 2}),
    "import-2": ("the same by two workers", ROWS, [PLAIN], {"psql-csv": 1.5}),
}


def rows(count):
    names = [f"name of item {n}" for n in range(1000)]
    notes = [f"a note about it, number {n}" for n in range(1000)]
    return [(n, names[n % 1000], notes[n % 1000]) for n in range(1, count + 1)]


class Clock:
    """The seconds of the work alone, and the CPU of this process in them."""

    def __init__(self):
        self.start, self.own = time.perf_counter(), time.process_time()

    def result(self):
        return {"seconds": time.perf_counter() - self.start, "ownSeconds": time.process_time() - self.own}


# The peers, each in the form that its documentation recommends.


async def asyncpg_case(case, url, count):
    import asyncpg

    connection = await asyncpg.connect(url)
    data = rows(count) if case != "read" else None
    clock = Clock()
    if case == "copy":
        await connection.copy_records_to_table("item", records=data, columns=["id", "name", "note"])
    elif case == "insert":
        async with connection.transaction():
            await connection.executemany("INSERT INTO item (id, name, note) VALUES ($1, $2, $3)", data)
    elif case == "upsert":
        async with connection.transaction():
            await connection.executemany(UPSERT.format("$1, $2, $3"), data)
    elif case == "staged":
        async with connection.transaction():
            await connection.execute("CREATE TEMPORARY TABLE staged (LIKE item) ON COMMIT DROP")
            await connection.copy_records_to_table("staged", records=data, columns=["id", "name", "note"])
            statement = UPSERT.replace("VALUES ({})", "SELECT id, name, note FROM staged")
            await connection.execute(statement)
    else:
        found = total = 0
        async with connection.transaction():
            async for identifier, name, note in connection.cursor("SELECT id, name, note FROM item", prefetch=2000):
                total += identifier + len(name) + len(note)
                found += 1
        assert found == count and total
    return clock.result()


def psycopg_case(case, url, count):
    import psycopg

    data = rows(count)
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        clock = Clock()
        if case == "copy":
            with cursor.copy("COPY item (id, name, note) FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(["int8", "text", "text"])
                for row in data:
                    copy.write_row(row)
        elif case == "insert":
            cursor.executemany("INSERT INTO item (id, name, note) VALUES (%s, %s, %s)", data)
        else:
            cursor.executemany(UPSERT.format("%s, %s, %s"), data)
        connection.commit()
        return clock.result()


def sqlalchemy_case(case, url, count):
    import sqlalchemy
    from sqlalchemy.dialects.postgresql import insert

    engine = sqlalchemy.create_engine(sqlalchemy_url(url))
    item = sqlalchemy.Table("item", sqlalchemy.MetaData(), autoload_with=engine)
    data = [{"id": n, "name": a, "note": b} for n, a, b in rows(count)] if case != "read" else None
    clock = Clock()
    if case == "insert":
        with engine.begin() as connection:
            connection.execute(sqlalchemy.insert(item), data)
    elif case == "upsert":
        statement = insert(item)
        excluded = statement.excluded
        statement = statement.on_conflict_do_update(
            index_elements=["id"], set_={"name": excluded.name, "note": excluded.note}
        )
        with engine.begin() as connection:
            connection.execute(statement, data)
    else:
        found = total = 0
        with engine.connect() as connection:
            result = connection.execution_options(yield_per=2000).execute(sqlalchemy.select(item))
            for identifier, name, note in result:
                total += identifier + len(name) + len(note)
                found += 1
        assert found == count and total
    return clock.result()


def arrow_table(count):
    import pyarrow

    columns = [list(column) for column in zip(*rows(count))]
    types = [pyarrow.int64(), pyarrow.string(), pyarrow.string()]
    arrays = [pyarrow.array(column, type=type) for column, type in zip(columns, types)]
    return pyarrow.table(arrays, names=["id", "name", "note"])


def pgpq_case(case, url, count):
    """Blocks of rows as a scan of a data set lends them."""
    import psycopg
    from pgpq import ArrowToPostgresBinaryEncoder

    batches = arrow_table(count).to_batches(max_chunksize=131_072)
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        clock = Clock()
        encoder = ArrowToPostgresBinaryEncoder(batches[0].schema)
        with cursor.copy("COPY item (id, name, note) FROM STDIN WITH (FORMAT BINARY)") as copy:
            copy.write(encoder.write_header())
            for batch in batches:
                copy.write(encoder.write_batch(batch))
            copy.write(encoder.finish())
        connection.commit()
        return clock.result()


def adbc_case(case, url, count):
    import adbc_driver_postgresql.dbapi

    table = arrow_table(count)
    with adbc_driver_postgresql.dbapi.connect(uri(url)) as connection, connection.cursor() as cursor:
        clock = Clock()
        cursor.adbc_ingest("item", table, mode="append")
        connection.commit()
        return clock.result()


def uri(url):
    """Some take a connection string only as an address."""
    import urllib.parse

    import psycopg

    parts = psycopg.conninfo.conninfo_to_dict(url)
    return f"postgresql:///{parts.pop('dbname')}?{urllib.parse.urlencode(parts)}"


def sqlalchemy_url(url):
    import psycopg
    import sqlalchemy

    parts = psycopg.conninfo.conninfo_to_dict(url)
    query = {"host": parts["host"], **({"port": str(parts["port"])} if "port" in parts else {})}
    return sqlalchemy.URL.create(
        "postgresql+psycopg", username=parts.get("user"), database=parts["dbname"], query=query
    )


def peer(name, case, url, count):
    if name == "asyncpg-staged":
        result = asyncio.run(asyncpg_case("staged", url, count))
    elif name == "asyncpg":
        result = asyncio.run(asyncpg_case(case, url, count))
    else:
        cases = {"psycopg": psycopg_case, "sqlalchemy": sqlalchemy_case, "pgpq": pgpq_case, "adbc": adbc_case}
        result = cases[name](case, url, count)
    print(json.dumps(result))


# The runs


def psql(url, *statements):
    commands = [part for statement in statements for part in ("-c", statement)]
    quiet = {**os.environ, "PGOPTIONS": "-c client_min_messages=warning"}
    command = ["psql", "-qXd", url, "-v", "ON_ERROR_STOP=1", *commands]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=quiet)


def run_psql(name, url, files):
    """A ready-made file through psql; or read by the server itself, which is the least that any client can reach."""
    if name == "server-file":
        start = time.perf_counter()
        psql(url, f"COPY item FROM '{files['binary']}' WITH (FORMAT binary)")
        return {"seconds": time.perf_counter() - start}
    file, options = (files["csv"], "FORMAT csv, HEADER") if name == "psql-csv" else (files["text"], "FORMAT text")
    start = time.perf_counter()
    psql(url, f"\\copy item FROM '{file}' WITH ({options})")
    return {"seconds": time.perf_counter() - start}


def run_pgloader(url, files):
    """A program in Lisp with a file of commands (Debian package `pgloader`), by its defaults. Its start is part of the time, as psql's is."""
    parts = urlsplit(url)
    address = parse_qs(parts.query)
    host, port = address["host"][0], address.get("port", ["5432"])[0]
    commands = f"{files['csv']}.load"
    Path(commands).write_text(
        f"LOAD CSV FROM '{files['csv']}' (id, name, note)\n"
        f"INTO postgresql://{parts.username}@unix:{host}:{port}{parts.path}\n"
        "TARGET TABLE public.item\n"
        "WITH skip header = 1, fields optionally enclosed by '\"', fields terminated by ',';\n"
    )
    start = time.perf_counter()
    subprocess.run(["pgloader", "--quiet", commands], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seconds = time.perf_counter() - start
    os.remove(commands)
    psql(url, f"SELECT 1 / (count(*) = {ROWS})::int FROM item")
    return {"seconds": seconds}


def run(name, case, url, count, files):
    if name == "pgloader":
        return run_pgloader(url, files)
    if name.startswith("psql-") or name in ("psql", "server-file"):
        return run_psql(name, url, files)
    if name.startswith("swift"):
        command = [BENCHMARK, "case", case + name.removeprefix("swift"), url, str(count), files["csv"]]
    else:
        command = [sys.executable, __file__, "peer", name, case, url, str(count)]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(output.splitlines()[-1])


def prepare(url, statements):
    psql(url, "DROP TABLE IF EXISTS item", "DROP SCHEMA IF EXISTS caisson CASCADE", *statements)
    psql(url, "VACUUM ANALYZE item")
    psql(url, "CHECKPOINT")


def write_files(url, folder):
    psql(url, "DROP TABLE IF EXISTS item", PLAIN, FILL.format(ROWS))
    files = {"csv": f"{folder}/item.csv", "text": f"{folder}/item.txt", "binary": server_file(url)}
    psql(url, f"\\copy item TO '{files['csv']}' WITH (FORMAT csv, HEADER)", f"\\copy item TO '{files['text']}'")
    psql(url, f"COPY item TO '{files['binary']}' WITH (FORMAT binary)")
    return files


def server_file(url):
    """In the server's own folder, because another program's would not be readable for it."""
    command = ["psql", "-qXAtd", url, "-c", "SHOW data_directory"]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip() + "/item.bin"


def measure(url, files):
    chosen = os.environ.get("CASES", " ".join(CASES)).split()
    for case in chosen:
        title, count, statements, peers = CASES[case]
        if "pgloader" in peers and not shutil.which("pgloader"):
            print("pgloader is not installed, and left out", file=sys.stderr)
            peers = {name: asked for name, asked in peers.items() if name != "pgloader"}
        results = {name: [] for name in ["swift", *peers]}
        for number in range(1, ROUNDS + 1):
            for name in results:
                if case != "read" or not any(results.values()):
                    prepare(url, statements)
                results[name].append(run(name, case, url, count, files))
                print(f"{case}, round {number}: {name}", file=sys.stderr)
        report(title, count, results, peers)


def report(title, count, results, peers):
    medians = {name: statistics.median(run["seconds"] for run in runs) for name, runs in results.items()}
    for name, seconds in medians.items():
        first = [title if name == "swift" else "", name, f"{seconds:.2f}", f"{count / seconds:,.0f}"]
        ratio, asked = seconds / medians["swift"], peers.get(name)
        wanted = "" if asked is None else f"{asked:.2f}{'' if ratio >= asked else '  MISSED'}"
        rest = ["" if name == "swift" else f"{ratio:.2f}", wanted, *own(results[name], count)]
        print("| " + " | ".join(first + rest) + " |", flush=True)


def own(runs, count):
    """Nanoseconds of CPU for a row, the least and the median, and the peak memory, where they are known."""
    cpu = sorted(run["ownSeconds"] / count * 1e9 for run in runs if "ownSeconds" in run)
    peaks = [run["peakMemory"] / 2**20 for run in runs if "peakMemory" in run]
    return [f"{cpu[0]:.0f}, {statistics.median(cpu):.0f}" if cpu else "", f"{max(peaks):.0f}" if peaks else ""]


def versions():
    import asyncpg
    import psycopg
    import sqlalchemy

    peers = f"asyncpg {asyncpg.__version__}, psycopg {psycopg.__version__}, SQLAlchemy {sqlalchemy.__version__}"
    arrow = ", ".join(f"{name} {version(name)}" for name in ("pgpq", "adbc-driver-postgresql", "pyarrow"))
    server = subprocess.run(["psql", "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    return f"{server}; {peers}, {arrow}; Python {sys.version.split()[0]}; load at the start {os.getloadavg()[0]:.2f}"


def main():
    server = subprocess.Popen([BENCHMARK, "server"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        url = server.stdout.readline().strip()
        files = write_files(url, re.sub(r"/$", "", os.environ.get("TMPDIR", "/tmp")))
        print(f"{ROWS:,} rows (read: {READ_ROWS:,}), medians of {ROUNDS}; {versions()}\n")
        print("| case | with | seconds | rows/s | times Swift's | asked | own CPU, ns/row: least, median | peak MiB |")
        print("|---|---|---|---|---|---|---|---|")
        measure(url, files)
        print(f"\nload at the end {os.getloadavg()[0]:.2f}")
        for name in ("csv", "text"):
            os.remove(files[name])
    finally:
        server.stdin.close()
        server.wait()


if __name__ == "__main__":
    if sys.argv[1:2] == ["peer"]:
        peer(sys.argv[2], sys.argv[3], sys.argv[4], int(sys.argv[5]))
    else:
        main()
