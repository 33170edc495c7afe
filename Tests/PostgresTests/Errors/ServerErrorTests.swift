import Postgres
import TestSupport
import Testing

@Suite(.freshDatabase) struct ServerErrorTests {
    @Test func `a violated constraint comes with all its names`() throws {
        let connection = try TestDatabase.current.connection()
        try connection.runScript(
            "CREATE TABLE city (id int CONSTRAINT city_id PRIMARY KEY); INSERT INTO city VALUES (1)"
        )
        let error = try serverError { try connection.execute("INSERT INTO city VALUES (\(Int32(1)))") }
        #expect(error.sqlState == .uniqueViolation)
        #expect(error.severity == "ERROR")
        #expect(error.message == "duplicate key value violates unique constraint \"city_id\"")
        #expect(error.detail == "Key (id)=(1) already exists.")
        #expect((error.schema, error.table, error.constraint) == ("public", "city", "city_id"))
        #expect(error.statement == "INSERT INTO city VALUES ($1)")
        #expect(error.file == "nbtinsert.c" && error.line != nil && error.routine != nil)
        #expect(!error.endsSession)
    }

    @Test func `a column and a type are named`() throws {
        let connection = try TestDatabase.current.connection()
        try connection.runScript(
            "CREATE DOMAIN small AS int CHECK (VALUE < 10); CREATE TABLE t (a int NOT NULL)"
        )
        #expect(try serverError { try connection.execute("INSERT INTO t VALUES (NULL)") }.column == "a")
        #expect(try serverError { try connection.execute("SELECT 11::small") }.dataType == "small")
    }

    @Test func `the position counts characters`() throws {
        let connection = try TestDatabase.current.connection()
        let error = try serverError { try connection.execute("SELECT 'ééé', oops") }
        #expect(error.position == 15)
        #expect(error.sqlState == .undefinedColumn)
        let hinted = try serverError { try connection.execute("SELECT lowerr('a')") }
        #expect(hinted.hint?.isEmpty == false)
        #expect(hinted.description.contains("\nHint: "))
    }

    @Test func `a function's own statement is kept`() throws {
        let connection = try TestDatabase.current.connection()
        try connection.runScript(
            """
            CREATE FUNCTION broken() RETURNS int LANGUAGE plpgsql AS $$BEGIN RETURN (SELECT nowhere); END$$
            """
        )
        let error = try serverError { try connection.execute("SELECT broken()") }
        #expect(error.internalQuery == "(SELECT nowhere)")
        #expect(error.internalPosition == 9)
        #expect(error.context?.contains("PL/pgSQL function broken() line 1 at RETURN") == true)
        #expect(error.debugDescription.contains("internal query: (SELECT nowhere)"))
    }

    @Test func `values are not in the error`() throws {
        let connection = try TestDatabase.current.connection()
        let error = try serverError { try connection.execute("SELECT \("s3cret")::text, 1/0") }
        #expect(!error.debugDescription.contains("s3cret"))
    }

    @Test func `notices arrive while the statement runs`() throws {
        let connection = try TestDatabase.current.connection()
        var notices: [Notice] = []
        connection.onNotice = { notices.append($0) }
        try connection.runScript("DO $$BEGIN RAISE NOTICE 'one'; RAISE WARNING 'two'; END$$")
        #expect(notices.map(\.description) == ["NOTICE: one", "WARNING: two"])
        #expect(notices.map(\.sqlState.rawValue) == ["00000", "01000"])
        connection.onNotice = nil
        try connection.runScript("DO $$BEGIN RAISE NOTICE 'three'; END$$")
        #expect(notices.count == 2)
    }

    private func serverError(_ body: () throws -> Void) throws -> ServerError {
        let error = try #require(throws: PostgresError.self) { try body() }
        guard case .server(let inner) = error else { throw error }
        return inner
    }
}
