import Postgres
import TestSupport
import Testing

@Suite struct ConnectionStringTests {
    private func refusal(_ text: String) throws -> String {
        try #require(throws: PostgresError.self) { try ConnectionOptions(text) }.description
    }

    /// Each piece of the password is `SECRET` or `s3cret`, wherever libpq would take it for something else.
    @Test(arguments: [
        "postgresql://app:SECRET/s3cret@127.0.0.1:1/db", "postgresql://app:SECRET@s3cret@127.0.0.1:1/db",
        "postgresql://app:/s3cret@h/db", "postgresql://app:1234/s3cret@h/db",
        "postgresql://app:SECRET/s3cret", "postgresql://app:SECRET%s3cret@h/db",
        "postgresql://app:SECRET/s3?cret@h/db",
        "postgresql://app:SECRET/s3=?cret=@h/db", "postgres://app:SECRET/s3cret@h/db?sslmode=require",
        "postgresql://us@er:SECRET@h/db", "host=h user=app password=SECRET s3cret dbname=db",
        "host=h user=app password='SECRET s3cret", "host=h user=app password=SECRET s3cret=1",
        "host=h user=app password='SECRET' s3cret", "app:SECRET@h/db", "app:SECRET@h/db?sslmode=require",
        "postgresql:/app:SECRET@h/db", "postgresql+psycopg2://app:SECRET@h/db", "SECRET",
        "jdbc:postgresql://h/db?user=app&password=SECRET", "Host=h;Username=app;Password=SECRET",
        "host=h;user=app;password=SECRET", "host=h&user=app&password=SECRET",
        "dbname=postgresql://app:SECRET@h/db",
        "postgresql://ann:SECRET@[::1/x", "postgresql://ann:SECRET@db/x?s3cret=1",
        "host=db password=SECRET s3cret=1",
        "postgresql://ann:SECRET@db/x?s3cret", "postgresql://ann:SECRET@db:s3cret/x", "port=SECRET",
        "sslmode=SECRET",
    ])
    func `what cannot be meant is refused without a piece of it`(_ text: String) throws {
        let message = try refusal(text)
        for piece in ["SECRET", "s3cret", "s3", "cret@", "app", "127"] {
            #expect(!message.contains(piece), "\(message)")
        }
        #expect(message.hasPrefix("The connection string cannot be read: "))
        #expect(message.hasSuffix("\nWrite postgresql://user@host:port/database or host=… dbname=… user=…."))
        #expect(message.split(separator: "\n").allSatisfy { !$0.contains(". ") }, "\(message)")
    }

    @Test(arguments: [
        ("postgresql://a:b/c@h/db", "%2F for /"), ("host=h password=a b", "into quotes"),
        ("port=0", "from 1 to 65535"),
        ("postgresql://a:50%@h/db", "%25 for %"), ("host=h;port=1", "no ; or &"),
        ("host=h sslmdoe=require", "sslmode?"),
        ("postgresql://h/db?x=1&y=2", "parameter number 1"),
        ("postgresql://h/db?user", "number 1 has no value"),
    ])
    func `the way to write it is told`(_ text: String, _ advice: String) throws {
        let message = try refusal(text)
        #expect(message.contains(advice), "\(message)")
    }

    @Test(arguments: [
        ("search_path", "options=-csearch_path%3DVALUE"), ("currentSchema", "options=-csearch_path%3DVALUE"),
        ("schema", "options=-csearch_path%3DVALUE"),
        ("statement_timeout", "options=-cstatement_timeout%3DVALUE"),
        ("timezone", "options='-c timezone=VALUE'"), ("x-migrations-table", "--schema NAME"),
        ("x-multi-statement", "golang-migrate"), ("pool_max_conns", "Leave it out"),
        ("connection_limit", "Leave it out"),
        ("pgbouncer", "Leave it out"), ("sslMode", "Write sslmode."), ("ssl-root-cert", "Write sslrootcert."),
        ("sslaccept", "sslmode=verify-full"), ("username", "user=VALUE"), ("pwd", "password=VALUE"),
        ("applicationName", "application_name"), ("statement_cache_capacity", "Leave it out"),
        ("ssl", "sslmode=require"),
    ])
    func `parameters of other tools get the way that works here`(_ name: String, _ way: String) throws {
        for text in [
            "postgresql://h/db?\(name)=1", "postgresql://h/db?sslmode=require&\(name)=1", "host=h \(name)=1",
        ] {
            let message = try refusal(text)
            #expect(message.contains(way), "\(message)")
        }
    }

    @Test(arguments: [
        ("no-verify", "require"), ("verify_full", "verify-full"), ("VERIFY-CA", "verify-ca"),
        ("true", "require"),
        ("disabled", "disable"), ("preferred", "prefer"), ("required", "require"),
    ])
    func `other spellings of sslmode are known`(_ value: String, _ meant: String) throws {
        #expect(try refusal("postgresql://h/db?sslmode=\(value)").contains("Write sslmode=\(meant)."))
    }

    /// A guard must not refuse what libpq understands.
    @Test(arguments: [
        ("postgresql://", [:]), ("postgres://h", ["host": "h"]), ("", [:]), ("  ", [:]),
        ("postgresql://ann:p%2Fw%40x@h/db", ["password": "p/w@x", "host": "h"]),
        ("postgresql://ann:p?w#x:y@h/db", ["password": "p?w#x:y", "host": "h", "dbname": "db"]),
        ("postgresql://h/a@b", ["host": "h", "dbname": "a@b"]), ("postgresql:///a@b", ["dbname": "a@b"]),
        ("postgresql://u@h1:1,h2:2/db", ["host": "h1,h2", "port": "1,2"]),
        ("postgresql://[::1]:5433/db", ["host": "::1", "port": "5433"]),
        ("postgresql://h1,h2:2/db", ["port": ",2"]),
        ("postgresql:///db?host=@abstract", ["host": "@abstract"]), ("postgresql://%2Ftmp%2F@x/db", [:]),
        ("postgresql://h/db?ssl=true", ["sslmode": "require"]),
        ("postgresql://h/db?application_name=a@b:c", ["application_name": "a@b:c"]),
        ("postgresql://h/db?options=-csearch_path%3Da,b", ["options": "-csearch_path=a,b"]),
        ("host=/tmp/@x dbname='a=b;c=d'", ["host": "/tmp/@x", "dbname": "a=b;c=d"]),
        ("password='a b=c' user=x", ["password": "a b=c"]),
        ("password=a;b,c&d user=x", ["password": "a;b,c&d"]),
        ("password=a;b=c", ["password": "a;b=c"]),
        ("options=-csearch_path=a,b", ["options": "-csearch_path=a,b"]),
        ("options='-c a.b=1,c=2'", ["options": "-c a.b=1,c=2"]),
        ("host = h\tport\n=\n5", ["host": "h", "port": "5"]),
        ("password=a\\ b user=x", ["password": "a b", "user": "x"]),
    ])
    func `what libpq understands is taken`(_ text: String, _ settings: [String: String]) throws {
        let options = try ConnectionOptions(text)
        for (keyword, value) in settings { #expect(options.value(of: keyword) == value) }
    }

    /// Random pieces put together: nothing crashes, and what is refused shows nothing of a word that stands in it.
    @Test func `any text is taken or refused`() {
        var generator = SeededGenerator(seed: 12)
        let pieces = [
            "postgresql://", "postgres:", "//", "/", "@", ":", "?", "=", "&", "%", "%4", "%41", "'", "\\",
            " ", ";",
            "zqzq", "host", "port", "password", "sslmode", "search_path", "é", "\u{301}", "\n", "[", "]", ",",
            "1",
        ]
        for _ in 1...20_000 {
            let count = Int.random(in: 0...12, using: &generator)
            let text = (0..<count).compactMap { _ in pieces.randomElement(using: &generator) }.joined()
            do {
                _ = try ConnectionOptions(text)
            } catch {
                #expect(!error.description.contains("zqzq"), "\(text)")
            }
        }
    }
}
