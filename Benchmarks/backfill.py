"""The Python side of `make bench-backfill`: read, transform, write back, committed in chunks.

Called as `backfill.py NAME URL ROWS`; prints the seconds of the work alone. Each loop is written as the documentation of its
library recommends, with chunks of 5,000 rows. Neither locks before it reads nor compares what it read, as the row
backfill does.
"""

import json
import sys
import time

CHUNK = 5_000


def psycopg_loop(url):
    """A server-side cursor on one connection, an UPDATE over unnested arrays on another."""
    import psycopg

    start = time.perf_counter()
    with psycopg.connect(url) as reading, psycopg.connect(url) as writing:
        with reading.cursor(name="items") as rows, writing.cursor() as update:
            rows.itersize = CHUNK
            rows.execute("SELECT id, a FROM item ORDER BY id")
            while chunk := rows.fetchmany(CHUNK):
                update.execute(
                    "UPDATE item SET b = new.b FROM unnest(%s::bigint[], %s::text[]) AS new(id, b) WHERE item.id = new.id",
                    ([identifier for identifier, _ in chunk], [text.upper() for _, text in chunk]),
                )
                writing.commit()
    return time.perf_counter() - start


def sqlalchemy_loop(url):
    """`yield_per` on one connection, `executemany` on another."""
    import sqlalchemy
    from sqlalchemy import bindparam

    from bulk import sqlalchemy_url

    engine = sqlalchemy.create_engine(sqlalchemy_url(url))
    item = sqlalchemy.Table("item", sqlalchemy.MetaData(), autoload_with=engine)
    statement = sqlalchemy.update(item).where(item.c.id == bindparam("key")).values(b=bindparam("new"))
    start = time.perf_counter()
    with engine.connect() as reading, engine.connect() as writing:
        query = sqlalchemy.select(item.c.id, item.c.a).order_by(item.c.id)
        for chunk in reading.execution_options(yield_per=CHUNK).execute(query).partitions():
            writing.execute(statement, [{"key": identifier, "new": text.upper()} for identifier, text in chunk])
            writing.commit()
    return time.perf_counter() - start


if __name__ == "__main__":
    loop = {"psycopg": psycopg_loop, "sqlalchemy": sqlalchemy_loop}[sys.argv[1]]
    print(json.dumps({"seconds": loop(sys.argv[2])}))
