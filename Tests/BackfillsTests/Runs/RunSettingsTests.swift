@testable import Backfills
import Postgres
import Synchronization
import TestSupport
import Testing

/// The author's text means in every chunk, and in every process, what it meant when the run began.
@Suite(.freshDatabase) struct RunSettingsTests {
    /// Names the table without its schema, reads a date and an instant, and writes an instant.
    private static let backfill = Cities.sql(
        "dated",
        verify: "SELECT count(*) FROM city WHERE search_name IS NULL",
        """
        UPDATE city SET search_name = ('02/03/2024'::date)::text || ' ' || ('2024-07-01 12:00'::timestamptz AT TIME ZONE 'UTC')::text
            || ' ' || word('x')
        FROM chunk WHERE city.id = chunk.id
        """
    )

    @Test func `a trigger that changes the search path in the session sends no chunk to another table`()
        async throws
    {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Self.create(on: connection)
        try connection.runScript(
            """
            CREATE FUNCTION stray() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN SET search_path TO aside, public; SET TimeZone TO 'Asia/Tokyo'; RETURN NULL; END $$;
            CREATE TRIGGER stray AFTER UPDATE ON public.city FOR EACH STATEMENT EXECUTE FUNCTION stray();
            """
        )
        let result = try await Coordinator(database.options).run(Self.backfill, options: .chunks(of: 100))

        #expect(result.run.state == .verified)
        try Self.expectWritten(500, connection)
    }

    /// A walk by places looks at what is left behind each chunk, in the words of the author's condition.
    @Test func `a trigger that changes the search path does not change what a condition means behind it`()
        async throws
    {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Self.create(on: connection)
        try connection.runScript(
            """
            CREATE FUNCTION public.open(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 IS NULL';
            CREATE FUNCTION aside.open(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
            CREATE FUNCTION stray() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN SET search_path TO aside, public; RETURN NULL; END $$;
            CREATE TRIGGER stray AFTER UPDATE ON public.city FOR EACH STATEMENT EXECUTE FUNCTION stray();
            """
        )
        let backfill = Cities.sql(
            "by_place",
            key: ["ctid"],
            where: "open(search_name)",
            "UPDATE city SET search_name = 'x' FROM chunk WHERE city.ctid = chunk.ctid"
        )
        let result = try await Coordinator(database.options).run(backfill, options: .chunks(of: 100))

        #expect(result.run.state == .completed)
        #expect(result.progress.changed == 500)
    }

    @Test func `a trigger that takes on a role in the session has no later chunk run as that role`()
        async throws
    {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Self.create(on: connection)
        let role = Identifier("stray_\(database.name)")
        try connection.runScript("CREATE ROLE \(role.quoted) SUPERUSER")
        defer { try? connection.runScript("DROP ROLE \(role.quoted)") }
        try connection.runScript(
            """
            CREATE FUNCTION put_on() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN SET ROLE \(role.quoted); RETURN NULL; END $$;
            CREATE TRIGGER put_on AFTER UPDATE ON public.city FOR EACH STATEMENT EXECUTE FUNCTION put_on();
            """
        )
        let backfill = Cities.sql(
            "signed",
            "UPDATE city SET search_name = current_user FROM chunk WHERE city.id = chunk.id"
        )
        _ = try await Coordinator(database.options).run(backfill, options: .chunks(of: 100))

        let own = try connection.queryOne(
            "SELECT count(*) FROM public.city WHERE search_name = current_user",
            as: Int.self
        )
        #expect(own == 500)
    }

    @Test func `a second process with other settings writes the same`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Self.create(on: connection)
        try await Coordinator(Self.options("-c search_path=public -c TimeZone=UTC -c DateStyle=ISO,DMY"))
            .runFirstChunk(of: Self.backfill)
        let stray =
            "-c search_path=aside,public -c TimeZone=Asia/Tokyo -c DateStyle=SQL,MDY -c IntervalStyle=iso_8601"
        let result = try await Coordinator(Self.options(stray)).run(Self.backfill, options: .chunks(of: 100))

        #expect(result.run.state == .verified)
        try Self.expectWritten(500, connection, "2024-03-02 2024-07-01 12:00:00 right")
    }

    @Test func `the search path is kept as the schemas that it led to`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Self.create(on: connection)
        let path = #"-c search_path=pg_temp,"$user",nowhere,public,aside"#
        try connection.runScript("CREATE SCHEMA AUTHORIZATION CURRENT_USER")
        let coordinator = Coordinator(try Self.options(path))
        let stop = StopSignal()
        stop.request()
        _ = try await coordinator.run(Self.backfill, stop: stop)

        let (kept, user) = try connection.queryOne(
            "SELECT settings ->> 'search_path', quote_ident(current_user) FROM caisson.backfill_run",
            as: String.self,
            String.self
        )
        #expect(kept == "\(user), public, aside, pg_temp")
    }

    @Test func `a role that sees no schema of the path, and may not say whether triggers fire, gets on`()
        async throws
    {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Self.create(on: connection)
        let stop = StopSignal()
        stop.request()
        _ = try await Coordinator(Self.options("-c search_path=public,aside")).run(Self.backfill, stop: stop)
        let role = Identifier("plain_\(database.name)")
        try connection.runScript(
            """
            CREATE ROLE \(role.quoted) LOGIN;
            GRANT USAGE, CREATE ON SCHEMA caisson TO \(role.quoted);
            GRANT ALL ON ALL TABLES IN SCHEMA caisson TO \(role.quoted);
            GRANT ALL ON ALL SEQUENCES IN SCHEMA caisson TO \(role.quoted);
            GRANT ALL ON public.city TO \(role.quoted);
            """
        )
        var options = try database.options
        options.set("user", role.name)
        let result = try await Coordinator(options).run(Self.backfill, options: .chunks(of: 100))
        try connection.runScript("DROP OWNED BY \(role.quoted); DROP ROLE \(role.quoted)")
        #expect(result.run.state == .verified)
    }

    @Test func `the role is again that of the session's beginning in each transaction`() throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        let user = try connection.queryOne("SELECT current_user::text", as: String.self)
        try connection.runScript("SET ROLE pg_monitor")
        try connection.transaction { connection in
            try connection.execute(RunSettings.statement([.init("TimeZone", "Asia/Tokyo")]))
            #expect(try connection.queryOne("SELECT current_user::text", as: String.self) == user)
            #expect(try connection.queryOne("SHOW TimeZone", as: String.self) == "Asia/Tokyo")
        }
        let began = try Connection(Self.options("-c role=pg_monitor"))
        try began.runScript("SET ROLE pg_read_all_data")
        try began.transaction { connection in
            try connection.execute(RunSettings.statement([]))
            #expect(try connection.queryOne("SELECT current_user::text", as: String.self) == "pg_monitor")
        }
    }

    private static func options(_ text: String) throws -> ConnectionOptions {
        var options = try TestDatabase.current.options
        options.set("options", text)
        return options
    }

    /// `city` and a function in `public`, and others of their names in `aside`.
    private static func create(on connection: Connection) throws {
        try Cities.create(rows: 500, on: connection)
        try connection.runScript(
            """
            CREATE FUNCTION word(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'right'::text $$;
            CREATE SCHEMA aside;
            CREATE TABLE aside.city (LIKE public.city INCLUDING ALL);
            INSERT INTO aside.city SELECT * FROM public.city;
            CREATE FUNCTION aside.word(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'wrong'::text $$;
            """
        )
    }

    private static func expectWritten(
        _ rows: Int,
        _ connection: Connection,
        _ text: String? = nil
    ) throws {
        let found = try connection.query(
            "SELECT search_name, count(*) FROM public.city GROUP BY 1",
            as: String?.self,
            Int.self
        )
        #expect(found.count == 1 && found.first?.1 == rows, "\(found)")
        if let text { #expect(found.first?.0 == text) }
        let aside = try connection.queryOne("SELECT count(search_name) FROM aside.city", as: Int.self)
        #expect(aside == 0)
    }
}
