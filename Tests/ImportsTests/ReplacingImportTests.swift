import Foundation
import Imports
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Bulk

/// What may come in between a load beside a table and the swap, and who sees what of it.
@Suite(.freshDatabase) final class ReplacingImportTests {
    private let path = NSTemporaryDirectory() + "caisson-replace-\(UUID().uuidString).csv"
    private let connection: Connection

    init() throws {
        connection = try TestDatabase.current.connection()
        try write(1...1000, "new")
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    private func write(_ rows: ClosedRange<Int>, _ note: String) throws {
        let text = "id,note\n" + rows.map { "\($0),\(note)\n" }.joined()
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }

    /// - Parameter between: run when all rows are beside the table.
    private func replace(
        _ table: String = "place",
        onConflict: ImportConflict = .error,
        between: @escaping @Sendable () throws -> Void = {}
    ) async throws -> [ImportEvent] {
        let session = try TestDatabase.current.session()
        let events = Mutex<[ImportEvent]>([])
        let failure = Mutex<(any Error)?>(nil)
        var load = FileImport(.file(path), into: table)
        load.onConflict = onConflict
        let replacing = ReplacingImport(ResumableImport(load))
        _ = try await replacing.run(over: session) { event in
            events.withLock { $0.append(event) }
            guard case .replacing = event else { return }
            do { try between() } catch { failure.withLock { $0 = error } }
        }
        await session.close()
        if let failure = failure.withLock({ $0 }) { throw failure }
        return events.withLock { $0 }
    }

    private func text(_ query: SQL) throws -> String {
        try connection.queryOne(query, as: String.self)
    }

    private func expectRefusal(
        _ words: [String],
        of table: String = "place",
        between: @escaping @Sendable () throws -> Void = {},
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let error = await #expect(throws: ReplaceError.self, sourceLocation: sourceLocation) {
            _ = try await self.replace(table, between: between)
        }
        let description: String = try #require(error).description
        for word in words {
            #expect(description.contains(word), "\(description)", sourceLocation: sourceLocation)
        }
    }

    /// One of each that refers to a table itself and cannot be made to mean another.
    private static let obstacles: [(String, String)] = [
        ("CREATE MATERIALIZED VIEW kept AS SELECT * FROM place", "materialized view public.kept"),
        ("CREATE TABLE other (p place)", "column p of table public.other"),
        ("CREATE TABLE other (p place[])", "column p of table public.other"),
        (
            "CREATE FUNCTION f(p place) RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "function public.f(public.place)"
        ),
        (
            "CREATE FUNCTION f() RETURNS SETOF place LANGUAGE sql AS 'SELECT * FROM place'",
            "function public.f()"
        ),
        (
            "CREATE FUNCTION f() RETURNS bigint BEGIN ATOMIC SELECT count(*) FROM place; END",
            "function public.f()"
        ),
        ("CREATE VIEW whole AS SELECT place FROM place", "column place of view public.whole"),
        ("CREATE TEMPORARY VIEW mine AS SELECT * FROM place", ".mine refers to it"),
        (
            "CREATE TABLE other (); CREATE RULE r AS ON INSERT TO other DO ALSO DELETE FROM place",
            "rule r on table public.other"
        ),
        (
            "CREATE TABLE other (i int); CREATE POLICY p ON other USING (i IN (SELECT id FROM place))",
            "policy p on table public.other"
        ),
        ("CREATE TABLE heir () INHERITS (place)", "other tables inherit from it"),
        ("CREATE PUBLICATION p FOR TABLE place", "publication p"),
        ("CREATE PUBLICATION p FOR ALL TABLES", "publication p"),
        ("CREATE PUBLICATION p FOR TABLES IN SCHEMA public", "publication p"),
        (
            """
            CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
            CREATE TRIGGER audit AFTER INSERT ON place FOR EACH ROW EXECUTE FUNCTION f()
            """, "trigger audit"
        ),
        (
            "UPDATE pg_index SET indisvalid = false WHERE indrelid = 'place'::regclass",
            "index place_pkey is not valid"
        ),
        (
            "ALTER TABLE place ADD CONSTRAINT self FOREIGN KEY (id) REFERENCES place; ALTER TABLE place DISABLE TRIGGER ALL",
            "constraint self is switched off"
        ),
        (
            "ALTER TABLE place ADD n int GENERATED ALWAYS AS IDENTITY; CREATE VIEW v AS SELECT last_value FROM place_n_seq",
            "view public.v"
        ),
    ]

    @Test(arguments: obstacles)
    func `what cannot be carried over is named before anything is made`(
        _ script: String,
        _ name: String
    )
        async throws
    {
        try connection.runScript("CREATE TABLE place (id int PRIMARY KEY, note text); \(script)")
        try await expectRefusal([name, "--truncate"])
        #expect(try text("SELECT count(*)::text FROM pg_class WHERE relname LIKE '% (new)'") == "0")
    }

    @Test func `partitions and tables of other kinds are refused`() async throws {
        try connection.runScript(
            """
            CREATE TABLE parts (id int, note text) PARTITION BY LIST (id);
            CREATE TABLE part PARTITION OF parts DEFAULT;
            CREATE TEMPORARY TABLE passing (id int, note text);
            """
        )
        try await expectRefusal(["it is no ordinary table"], of: "parts")
        try await expectRefusal(["it is a partition"], of: "part")
    }

    @Test func `a change of the definition meanwhile is noticed, and the next run takes it over`()
        async throws
    {
        try connection.runScript(
            "CREATE TABLE place (id int PRIMARY KEY, note text); INSERT INTO place VALUES (0)"
        )
        for (statement, label) in [
            ("ALTER TABLE place ADD more int DEFAULT 3", "column more"),
            ("CREATE INDEX place_note ON place (note)", "index place_note"),
            ("ALTER TABLE place ALTER note SET DEFAULT 'x'", "column note"),
        ] {
            let database = try TestDatabase.current
            try await expectRefusal(["changed while the rows were loaded: \(label)"]) {
                try database.connection().runScript(statement)
            }
            #expect(try text("SELECT count(*)::text FROM place WHERE id = 0") == "1")
        }
        let events = try await replace()
        #expect(!events.contains { if case .beganAgain = $0 { true } else { false } })
        #expect(try text("SELECT concat_ws(' ', count(*), min(more), min(id)) FROM place") == "1000 3 1")
    }

    @Test func `what does not touch the new table is carried over as it is at the swap`() async throws {
        try connection.runScript("CREATE TABLE place (id int PRIMARY KEY, note text)")
        let database = try TestDatabase.current
        _ = try await replace {
            try database.connection().runScript(
                """
                GRANT SELECT ON place TO pg_monitor; COMMENT ON TABLE place IS 'late';
                CREATE VIEW late AS SELECT * FROM place; CREATE TABLE child (p int REFERENCES place);
                INSERT INTO place VALUES (0, 'written meanwhile');
                """
            )
        }
        #expect(try text("SELECT obj_description('place'::regclass)") == "late")
        #expect(try text("SELECT has_table_privilege('pg_monitor', 'place', 'SELECT')::text") == "true")
        #expect(try text("SELECT concat_ws(' ', count(*), min(id)) FROM late") == "1000 1")
        #expect(throws: PostgresError.self) { try self.connection.execute("INSERT INTO child VALUES (0)") }
        try connection.execute("INSERT INTO child VALUES (1000)")
    }

    @Test func `a row of another table that has no partner any more keeps the old rows`() async throws {
        try connection.runScript(
            """
            CREATE TABLE place (id int PRIMARY KEY, note text); INSERT INTO place VALUES (5000);
            CREATE TABLE child (p int CONSTRAINT to_place REFERENCES place); INSERT INTO child VALUES (5000);
            """
        )
        try await expectRefusal(["to_place", "(5000)", "old rows"])
        #expect(try text("SELECT max(id)::text FROM place") == "5000")
        // Mended in the other table: the rows that were loaded are as good as before.
        try connection.execute("DELETE FROM child")
        let events = try await replace()
        #expect(!events.contains { if case .stored = $0 { true } else { false } })
        #expect(try text("SELECT count(*)::text FROM place") == "1000")
    }

    @Test(arguments: [ImportConflict.error, .doNothing(key: nil), .update(key: nil)])
    func `rows of a file that has changed since never get among those of the file as it is`(
        _ conflict: ImportConflict
    ) async throws {
        try connection.runScript(
            "CREATE TABLE place (id int PRIMARY KEY, note text); CREATE TABLE child (p int REFERENCES place)"
        )
        try connection.runScript("INSERT INTO place VALUES (5000); INSERT INTO child VALUES (5000)")
        // All rows are loaded, and the swap fails.
        await #expect(throws: ReplaceError.self) { _ = try await self.replace(onConflict: conflict) }
        #expect(try text("SELECT count(*)::text FROM \"place (new)\"") == "1000")
        try write(500...5000, "newer")
        let events = try await replace(onConflict: conflict)
        #expect(events.contains { if case .beganAgain = $0 { true } else { false } })
        #expect(
            try text("SELECT concat_ws(' ', count(*), min(id), min(note)) FROM place") == "4501 500 newer"
        )
    }

    @Test func `a file that does not fit is told of the table, before anything is made`() async throws {
        try connection.runScript("CREATE TABLE place (id int, other text)")
        let error = await #expect(throws: ImportError.self) { _ = try await self.replace() }
        #expect("\(try #require(error))".contains("the columns do not fit the table public.place:"))
        #expect(try text("SELECT count(*)::text FROM pg_class WHERE relname LIKE '% (new)'") == "0")
    }

    @Test func `a message about a row names what people know`() async throws {
        try connection.runScript(
            "CREATE TABLE place (id int CONSTRAINT once PRIMARY KEY, note text NOT NULL)"
        )
        try write(1...2, "a\n1,a")
        let error = await #expect(throws: (any Error).self) { _ = try await self.replace() }
        let text = "\(try #require(error))"
        #expect(text.contains("once (new)") && text.contains("line 3"), "\(text)")
        #expect(try self.text("SELECT count(*)::text FROM pg_class WHERE relname LIKE '% (new)'") == "0")
    }

    @Test func `a table made anew, a table that is not ours, and another import`() async throws {
        try connection.runScript("CREATE TABLE place (id int, note text)")
        let database = try TestDatabase.current
        try await expectRefusal(["was dropped or made anew"]) {
            try database.connection().runScript("DROP TABLE place; CREATE TABLE place (id int, note text)")
        }
        let name = "place (new)"
        try connection.execute("DROP TABLE \(identifier: name)")
        try connection.execute("CREATE TABLE \(identifier: name) (mine int)")
        try await expectRefusal(["\"\(name)\" is in the way"])
        #expect(try text("SELECT count(*)::text FROM \(identifier: name)") == "0")
        try connection.execute("DROP TABLE \(identifier: name)")
        try await expectRefusal(["another import has begun"]) {
            try database.connection().runScript("DROP TABLE \"\(name)\"")
        }
        _ = try await replace()
        #expect(try text("SELECT count(*)::text FROM place") == "1000")
    }

    @Test func `a transaction that holds the table is waited for, and others go first`() async throws {
        try connection.runScript("CREATE TABLE place (id int, note text)")
        let (database, holder) = (try TestDatabase.current, Holder())
        let (named, retried) = (Gate(), Gate())
        let session = try TestDatabase.current.session()
        let replacing = ReplacingImport(ResumableImport(FileImport(.file(path), into: "place")))
        async let end = replacing.run(over: session) { event in
            if case .replacing = event { holder.begin("BEGIN; SELECT FROM place", database) }
            if case .waiting(let words) = event, words.contains("SELECT FROM place") { named.open() }
            if case .retrying = event { retried.open() }
        }
        try await retried.wait()
        try await named.wait()
        #expect(try text("SELECT count(*)::text FROM place") == "0")
        holder.end()
        _ = try await end
        await session.close()
        #expect(try text("SELECT count(*)::text FROM place") == "1000")
    }

    @Test func `readers see all old rows or all new ones, of the table and of views`() async throws {
        try connection.runScript(
            """
            CREATE TABLE place (id int PRIMARY KEY, note text, parent int REFERENCES place);
            INSERT INTO place SELECT n, '0' FROM generate_series(1, 1000) AS n;
            CREATE VIEW seen AS SELECT * FROM place;
            CREATE VIEW deep AS SELECT id, note FROM seen JOIN place USING (id, note);
            CREATE TABLE child (p int REFERENCES place); INSERT INTO child SELECT generate_series(1, 1000);
            """
        )
        let queries: [SQL] = [
            "SELECT concat_ws(' ', count(*), count(DISTINCT note)) FROM place",
            "SELECT concat_ws(' ', count(*), count(DISTINCT note)) FROM seen WHERE id > \(0)",
            "SELECT concat_ws(' ', count(*), count(DISTINCT note)) FROM deep",
            "SELECT concat_ws(' ', count(*), count(DISTINCT note)) FROM child JOIN place ON place.id = child.p",
        ]
        let (database, isOver) = (try TestDatabase.current, Flag())
        let readers = queries.map { query in
            Task.detached {
                let session = try database.session()
                var seen: [String: Int] = [:]
                while !isOver.isSet {
                    let rows = try await session.withConnection { try $0.queryOne(query, as: String.self) }
                    seen[rows, default: 0] += 1
                }
                await session.close()
                return seen
            }
        }
        for round in 1...5 {
            try write(1...1000, "\(round)")
            _ = try await replace()
            #expect(try text("SELECT min(note) FROM deep") == "\(round)")
        }
        isOver.set()
        for reader in readers {
            let seen = try await reader.value
            #expect(Set(seen.keys) == ["1000 1"], "\(seen)")
        }
    }

    @Test func `who does not own the table, or may not create one, is told before`() async throws {
        let role = "replacer_\(connection.backendID)"
        try connection.runScript(
            """
            CREATE TABLE place (id int, note text); CREATE ROLE \(role) LOGIN;
            GRANT ALL ON place TO \(role); REVOKE CREATE ON SCHEMA public FROM PUBLIC;
            """
        )
        defer { try? connection.runScript("DROP OWNED BY \(role); DROP ROLE \(role)") }
        let path = path
        let theirs = try TestDatabase.current.connection()
        try theirs.runScript("SET SESSION AUTHORIZATION \(role)")
        let replacing = ReplacingImport(ResumableImport(FileImport(.file(path), into: "place")))
        let error = #expect(throws: ReplaceError.self) { try replacing.check(on: theirs) }
        let text: String = try #require(error).description
        #expect(
            text.contains("public.place is owned by")
                && text.contains("right to create tables in the schema public")
        )
        try connection.runScript(
            "ALTER TABLE place OWNER TO \(role); GRANT CREATE ON SCHEMA public TO \(role)"
        )
        try replacing.check(on: theirs)
    }
}

/// A transaction that another thread begins.
private final class Holder: Sendable {
    private let connection = Mutex<Connection?>(nil)

    func begin(_ script: String, _ database: TestDatabase) {
        connection.withLock { held in
            held = try? database.connection()
            try? held?.runScript(script)
        }
    }

    func end() { connection.withLock { $0?.close() } }
}

private final class Flag: Sendable {
    private let state = Atomic(false)

    var isSet: Bool { state.load(ordering: .relaxed) }
    func set() { state.store(true, ordering: .relaxed) }
}
