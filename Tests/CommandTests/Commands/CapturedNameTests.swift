import Foundation
import Postgres
import TestSupport
import Testing

/// Somebody who may create functions and operators in a schema of the search path has none of them called by the tool.
@Suite(.freshDatabase) struct CapturedNameTests {
    /// As the schema `public`, as one that is called like the user, and as one that is set for the database.
    @Test(.untilItHangs, arguments: ["public", "postgres", "elsewhere"])
    func `no command calls what somebody has put in its way`(schema: String) async throws {
        let project = try Project.onDatabase(Self.files)
        let connection = try TestDatabase.current.connection()
        try Self.prepare(schema, connection)

        for (command, status) in Self.commands {
            try Self.expectNoCall(try await project.caisson(command), status, command, connection)
        }
        try await Self.blocked(project, connection)
        try await Self.followed(project, connection)
        try await Self.adopted(connection)
    }

    /// A statement that waits for a lock, and those who are asked who holds it.
    private static func blocked(_ project: Project, _ connection: Connection) async throws {
        let holder = try TestDatabase.current.connection()
        try holder.runScript("BEGIN; LOCK TABLE public.item; SELECT pg_catalog.pg_advisory_xact_lock(1)")
        try project.write(
            "-- migrate:up\nALTER TABLE public.item ADD COLUMN c text;\n",
            to: "migrations/3_c.sql"
        )
        let up = "migrate up --lock-timeout 50ms --lock-attempts 2"
        try expectNoCall(try await project.caisson(up), 15, up, connection)
        let run = "backfill run one --restart --json"
        let tool = try await project.start(run)
        _ = try await tool.line(containing: "backfill.blocked")
        holder.close()
        try expectNoCall(try await tool.result(), 0, run, connection)
        try project.write(
            "-- migrate:up\nCREATE TABLE public.m (t text, u text);\n",
            to: "migrations/1_a.sql"
        )
        for command in [
            "migrate accept 1 --reason edited", "migrate up", "backfill run one --restart",
        ] {
            try expectNoCall(try await project.caisson(command), 0, command, connection)
        }
    }

    private static func followed(_ project: Project, _ connection: Connection) async throws {
        let command = "backfill run one --restart --follow --json"
        let tool = try await project.start(command)
        _ = try await tool.line(containing: "backfill.following")
        try connection.execute("INSERT INTO public.item (id, code) VALUES (9500, 'z')")
        try await eventually("the new row is met") {
            try connection.queryOne("SELECT b IS NOT NULL FROM public.item WHERE id = 9500", as: Bool.self)
        }
        tool.send(.interrupt)
        try expectNoCall(try await tool.result(), 0, command, connection)
    }

    /// The ledger of another tool, and one of a database that was built by other means.
    private static func adopted(_ connection: Connection) async throws {
        let project = try Project.onDatabase([
            "migrations/00001_a.sql": "-- +goose Up\nCREATE TABLE public.goose (t text);\n"
        ])
        let baseline = "migrate baseline 1 --schema third"
        try expectNoCall(try await project.caisson(baseline), 0, baseline, connection)
        try connection.runScript(
            """
            DROP SCHEMA third CASCADE;
            CREATE TABLE public.goose_db_version (
                id serial PRIMARY KEY, version_id bigint NOT NULL, is_applied boolean NOT NULL, tstamp timestamp DEFAULT now()
            );
            INSERT INTO public.goose_db_version (version_id, is_applied) VALUES (0, true), (1, true);
            """
        )
        let adopt = "migrate adopt --from goose --schema another"
        try expectNoCall(try await project.caisson(adopt), 0, adopt, connection)
    }

    private static func expectNoCall(
        _ result: ToolResult,
        _ status: Int32,
        _ command: String,
        _ connection: Connection
    ) throws {
        #expect(result.ending == .exited(status), "\(command): \(result.output)\(result.errorOutput)")
        let calls = try connection.queryOne("SELECT is_called FROM public.captured", as: Bool.self)
        #expect(!calls, "\(command) called something: \(result.output)\(result.errorOutput)")
        try connection.execute("SELECT pg_catalog.setval('public.captured', 1, false)")
    }

    private static func prepare(_ schema: String, _ connection: Connection) throws {
        try connection.runScript(
            """
            SET search_path = pg_catalog;
            CREATE SCHEMA IF NOT EXISTS \(schema);
            CREATE SEQUENCE public.captured;
            CREATE TABLE public.item (id bigint PRIMARY KEY, code varchar(40) NOT NULL UNIQUE, a text, b text, n integer);
            INSERT INTO public.item SELECT g, 'c' || g, 'a' || g, NULL, g % 7 FROM generate_series(1, 300) AS g;
            CREATE TABLE public.word (code varchar(20) PRIMARY KEY, t text);
            INSERT INTO public.word SELECT 'w' || lpad(g::text, 5, '0'), NULL FROM generate_series(1, 300) AS g;
            CREATE TABLE public.heap (x integer, b text);
            INSERT INTO public.heap SELECT g, NULL FROM generate_series(1, 300) AS g;
            CREATE TABLE public.leaf (id integer, b text, PRIMARY KEY (id)) PARTITION BY RANGE (id);
            CREATE TABLE public.leaf_1 PARTITION OF public.leaf FOR VALUES FROM (0) TO (100);
            CREATE TABLE public.leaf_2 PARTITION OF public.leaf FOR VALUES FROM (100) TO (1000);
            INSERT INTO public.leaf SELECT g, NULL FROM generate_series(1, 300) AS g;
            CREATE TABLE public.checked (id integer PRIMARY KEY, b text CHECK (b IS NULL OR id % 100 <> 0));
            INSERT INTO public.checked SELECT g, NULL FROM generate_series(1, 300) AS g;
            CREATE TABLE public.swapped (
                id bigint PRIMARY KEY, code varchar(40) CHECK (length(code) < 40), n int GENERATED ALWAYS AS IDENTITY,
                up text GENERATED ALWAYS AS (upper(code)) STORED, parent bigint REFERENCES public.swapped
            );
            CREATE INDEX ON public.swapped (lower(code));
            CREATE VIEW public.seen AS SELECT * FROM public.swapped WHERE code > 'a';
            CREATE TABLE public.child (s bigint REFERENCES public.swapped);
            """
        )
        try Overloads.create(in: schema, on: connection)
        if schema == "elsewhere" {
            let name = try connection.queryOne("SELECT current_database()::text", as: String.self)
            try connection.execute(
                "ALTER DATABASE \(identifier: name) SET search_path = \(identifier: schema), public"
            )
        }
    }

    /// Commands, and how each ends.
    private static let commands = migrations + backfills + imports + others

    private static let migrations: [(String, Int32)] = [
        ("status", 0), ("migrate status", 0), ("migrate up --dry-run", 0), ("migrate up", 0),
        ("migrate status --json", 0),
        ("migrate redo", 0), ("migrate down", 0), ("migrate up", 0),
    ]

    private static var backfills: [(String, Int32)] {
        let runs = ["one", "two", "varying", "places", "leaves"].flatMap { name in
            ["backfill run \(name) --dry-run", "backfill run \(name) --workers 2 --chunk-size 50"]
        }
        let looks = ["backfill verify two", "backfill status", "backfill list", "backfill skipped one"]
        let retries: [(String, Int32)] = [
            ("backfill run refused --max-skipped 1", 1), ("backfill pause refused", 0),
            ("backfill resume refused", 1),
            ("backfill skipped refused", 0), ("backfill retry refused --skipped", 21),
        ]
        return (runs + looks).map { ($0, 0) } + retries
    }

    private static let imports: [(String, Int32)] = [
        ("import item.csv --into item --dry-run", 0),
        ("import item.csv --into item --on-conflict update --key id", 0),
        ("import again.csv --into item --on-conflict nothing --key code", 0),
        ("import item.ndjson --into item", 0),
        ("import item.csv --into public.swapped --replace --ignore a", 0),
        ("import again.csv --into public.swapped --replace --on-conflict update --ignore a", 0),
    ]

    private static let others: [(String, Int32)] = [
        ("status", 0),
        ("migrate dump --output schema.sql", 0),
        ("migrate squash --to 2 --dry-run", 0), ("wait", 0),
    ]

    private static let files = [
        "migrations/1_a.sql":
            "-- migrate:up\nCREATE TABLE public.m (t text);\n-- migrate:down\nDROP TABLE public.m;\n",
        "migrations/2_b.sql": """
        -- migrate:up transaction:false
        CREATE INDEX CONCURRENTLY m_t ON public.m (t);
        CREATE TABLE public.n (t text);
        -- migrate:down
        DROP TABLE public.n;
        DROP INDEX public.m_t;
        """,
        "backfills/one.sql": """
        -- backfill: one
        -- table: public.item
        -- key: id
        UPDATE public.item SET b = 'x' FROM chunk WHERE item.id OPERATOR(pg_catalog.=) chunk.id
        """,
        "backfills/two.sql": """
        -- backfill: two
        -- table: public.item
        -- key: id
        -- where: b IS NOT NULL
        -- verify: SELECT pg_catalog.count(*) FROM public.item WHERE id IS NULL
        UPDATE public.item SET a = (SELECT word.t FROM public.word LIMIT 1)
        FROM chunk WHERE item.id OPERATOR(pg_catalog.=) chunk.id
        """,
        "backfills/varying.sql": """
        -- backfill: varying
        -- table: public.word
        -- key: code
        UPDATE public.word SET t = 'x' FROM chunk WHERE word.code OPERATOR(pg_catalog.=) chunk.code
        """,
        "backfills/places.sql": """
        -- backfill: places
        -- table: public.heap
        -- where: b IS NULL
        UPDATE public.heap SET b = 'x' FROM chunk WHERE heap.ctid OPERATOR(pg_catalog.=) chunk.ctid
        """,
        "backfills/refused.sql": """
        -- backfill: refused
        -- table: public.checked
        -- key: id
        UPDATE public.checked SET b = 'x' FROM chunk WHERE checked.id OPERATOR(pg_catalog.=) chunk.id
        """,
        "backfills/leaves.sql": """
        -- backfill: leaves
        -- table: public.leaf
        -- key: id
        UPDATE public.leaf SET b = 'x' FROM chunk WHERE leaf.id OPERATOR(pg_catalog.=) chunk.id
        """,
        "item.csv": "id,code,a\n1,c1,z\n9001,n1,y\n",
        "again.csv": "id,code,a\n9001,n1,y\n9002,n2,y\n",
        "item.ndjson": "{\"id\": 9100, \"code\": \"q\", \"a\": \"k\"}\n",
    ]
}
