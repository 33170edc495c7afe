import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct ConnectionOptionsTests {
    @Test(arguments: [
        "postgresql://ann:s3cret@db.example:6543/shop?sslmode=require",
        "host=db.example port=6543 dbname=shop user=ann password=s3cret sslmode=require",
        "host='db.example' port = 6543 dbname=shop user=ann password='s3cret' sslmode=require",
    ])
    func `an address is read in every form, and shown without the password`(_ text: String) throws {
        let options = try ConnectionOptions(text)
        for (keyword, value) in [
            ("host", "db.example"), ("port", "6543"), ("dbname", "shop"), ("user", "ann"),
            ("password", "s3cret"), ("sslmode", "require"),
        ] {
            #expect(options.value(of: keyword) == value)
        }
        let shown = "host=db.example port=6543 dbname=shop user=ann"
        #expect("\(options)" == shown && String(reflecting: options) == shown)
        var dumped = ""
        dump(options, to: &dumped)
        #expect(!dumped.contains("s3cret"))
        #expect(options.database("other").value(of: "dbname") == "other")
    }

    @Test func `nothing is libpq's own defaults`() throws {
        #expect(try ConnectionOptions().description == "libpq defaults")
        #expect(try ConnectionOptions().applicationName == "caisson")
    }

    /// Every TLS keyword of the manual, 34.1.2.
    @Test(arguments: [
        ("sslmode", "verify-full"), ("requiressl", "1"), ("sslcompression", "0"), ("sslcert", "/c.pem"),
        ("sslkey", "/k.pem"),
        ("sslpassword", "x"), ("sslrootcert", "/r.pem"), ("sslcrl", "/l.pem"), ("sslcrldir", "/l"),
        ("sslsni", "1"),
        ("ssl_min_protocol_version", "TLSv1.2"), ("ssl_max_protocol_version", "TLSv1.3"),
        ("channel_binding", "require"),
        ("gssencmode", "disable"), ("requirepeer", "postgres"),
    ])
    func `all TLS keywords are taken`(_ keyword: String, _ value: String) throws {
        // libpq keeps the old word under its new name.
        let (name, kept) = keyword == "requiressl" ? ("sslmode", "require") : (keyword, value)
        #expect(try ConnectionOptions("\(keyword)=\(value)").value(of: name) == kept)
        if keyword != "requiressl" {
            #expect(try ConnectionOptions("postgresql:///x?\(keyword)=\(value)").value(of: name) == kept)
        }
    }

    @Test(.freshDatabase) func `text is UTF-8 whatever is asked for`() throws {
        var options = try TestDatabase.current.options
        options.set("client_encoding", "LATIN1")
        let connection = try Connection(options)
        #expect(try connection.queryOne("SELECT 'ä€日'", as: String.self) == "ä€日")
        #expect(try connection.queryOne("SELECT \("ä€日")", as: String.self) == "ä€日")
    }

    @Test(.freshDatabase) func `a database may be called like a connection string`() throws {
        let connection = try TestDatabase.current.connection()
        let name = "host=nowhere_\(connection.backendID)"
        try connection.execute("CREATE DATABASE \(identifier: name)")
        defer { _ = try? connection.execute("DROP DATABASE \(identifier: name)") }
        let other = try Connection(TestDatabase.current.options.database(name))
        #expect(try other.queryOne("SELECT current_database()", as: String.self) == name)
        other.close()
    }

    @Test(.freshDatabase) func `the application name is the one that was set`() throws {
        var options = try TestDatabase.current.options
        options.applicationName = "my tool"
        #expect(try Connection(options).queryOne("SHOW application_name", as: String.self) == "my tool")
    }
}
