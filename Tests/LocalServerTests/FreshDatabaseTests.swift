import Postgres
import TestSupport
import Testing

@Suite(.freshDatabase) struct `A fresh database` {
    @Test(arguments: 1...6) func `every argument has its own`(number: Int) async throws {
        let session = try TestDatabase.current.session()
        let row = try await session.withConnection { connection in
            try connection.runScript("CREATE TABLE mine (number int); INSERT INTO mine VALUES (1)")
            return try connection.queryOne(
                "SELECT current_database(), current_setting('application_name'), (SELECT count(*) FROM mine)",
                as: String.self,
                String.self,
                Int.self
            )
        }
        #expect(row.0 == (try TestDatabase.current.name))
        #expect(row.1 == "every argument has its own")
        #expect(row.2 == 1)
    }

    @Test func `it knows letters beyond ASCII and sorts by code point`() throws {
        let connection = try TestDatabase.current.connection()
        let row = try connection.queryOne("SELECT lower('ÉÑ'), 'Z' < 'a'", as: String.self, Bool.self)
        #expect(row == ("éñ", true))
    }

    @Test func `it is gone afterwards, also when somebody is still connected`() async throws {
        let (name, left) = try await withFreshDatabase { database in
            let session = try database.session()
            _ = try await session.withConnection { try $0.execute("SELECT 1") }
            return (database.name, session)
        }
        let found = try TestDatabase.current.connection().queryOne(
            "SELECT count(*) FROM pg_database WHERE datname = \(name)",
            as: Int.self
        )
        #expect(found == 0)
        await left.close()
    }
}

@Test func `a test without the trait is told so`() {
    #expect(throws: MissingDatabase.self) { try TestDatabase.current }
}
