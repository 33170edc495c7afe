import Foundation
import Postgres
import Testing

@testable import CaissonCLI

@Suite struct DotEnvironmentTests {
    @Test(arguments: [
        ("A=1", ["A": "1"]), ("export A = 1 ", ["A": "1"]), ("# A=1", [:]), ("A=", ["A": ""]), ("A", [:]),
        ("A=x # comment", ["A": "x"]), ("A=x#y", ["A": "x#y"]), ("A='x # y'", ["A": "x # y"]),
        ("A=\"x y\" # z", ["A": "x y"]), ("A=postgresql://u:p@h/d?a=b", ["A": "postgresql://u:p@h/d?a=b"]),
        ("A=1\r\nB=2\n\n", ["A": "1", "B": "2"]), ("=1", [:]), ("A='open", ["A": "'open"]),
    ])
    func `lines are read`(_ text: String, _ variables: [String: String]) {
        let found = DotEnvironment(text: text).variables
        #expect(Dictionary(uniqueKeysWithValues: found.map { ($0.name, $0.value) }) == variables)
    }

    @Test func `a byte order mark does no harm, of any encoding`() throws {
        let text = "PGHOST=db\nPGUSER=ann"
        let little = try #require("\u{FEFF}\(text)".data(using: .utf16LittleEndian))
        let big = try #require("\u{FEFF}\(text)".data(using: .utf16BigEndian))
        for data in [Data("\u{FEFF}\(text)".utf8), little, big, Data(text.utf8)] {
            #expect(DotEnvironment(data: data).values == ["PGHOST": "db", "PGUSER": "ann"])
        }
    }
}

/// Which of the places that may name the database is believed.
@Suite struct DatabaseAddressTests {
    private func address(
        _ option: String? = nil,
        _ environment: [String: String] = [:],
        file: String = ""
    ) throws -> DatabaseAddress {
        try DatabaseAddress(option: option, environment: environment, file: DotEnvironment(text: file))
    }

    @Test func `the option comes first, then the environment, then the file`() throws {
        let file = "DATABASE_URL=postgresql://c/c"
        let all = try address("host=a", ["DATABASE_URL": "postgresql://b/b"], file: file)
        #expect(all.origin == .option && all.options.description == "host=a")
        let environment = try address(nil, ["DATABASE_URL": "postgresql://b/b"], file: file)
        #expect(environment.origin == .environment && environment.options.description == "host=b dbname=b")
        #expect(environment.notes.isEmpty)
        let fromFile = try address(nil, ["PGSSLROOTCERT": "x", "PGHOST": ""], file: file)
        #expect(fromFile.origin == .file && fromFile.options.description == "host=c dbname=c")
        #expect(try address().origin == .nobody)
    }

    @Test(arguments: ["PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD", "PGSERVICE"])
    func `what the environment says of the database, it says alone`(_ variable: String) throws {
        let file = "DATABASE_URL=postgresql://c/c\nPGHOST=d\nPGPASSWORD=e"
        let (address, nothing) = (try address(nil, [variable: "1"], file: file), try ConnectionOptions())
        #expect(address.origin == .environment && address.options == nothing)
        #expect(
            address.notes == [
                "DATABASE_URL of .env is not used, because \(variable) is set in the environment."
            ]
        )
    }

    @Test
    func `the variables of a file fill in what its URL leaves open, and the environment goes before both`()
        throws
    {
        let file =
            "DATABASE_URL=postgresql://c/c?sslmode=disable\nPGHOST=d\nPGUSER=u\nPGPASSWORD=p\nPGAPPNAME=n"
        let address = try address(nil, ["PGSSLMODE": "verify-full", "PGAPPNAME": "m"], file: file)
        #expect(address.options.description == "host=c dbname=c user=u")
        #expect(address.options.value(of: "password") == "p")
        #expect(address.options.value(of: "sslmode") == nil)
        #expect(address.options.value(of: "application_name") == nil)
    }

    @Test(arguments: [
        "PGSSLKEY=/tmp/e.so:x", "PGSERVICEFILE=s", "PGSYSCONFDIR=s", "CAISSON_PG_BIN=/tmp", "PGSSLCERT=c",
        "PGREQUIREPEER=x", "PGGSSLIB=x", "LD_PRELOAD=x", "OPENSSL_CONF=x", "PGOPTIONS=x",
    ])
    func `nothing else is read from a file, and what might be meant is told`(_ line: String) throws {
        let address = try address(nil, [:], file: "PGHOST=h\n" + line)
        #expect(address.options.description == "host=h" && address.options.keywords == ["host"])
        let name = String(line.prefix { $0 != "=" })
        let isOurs = name.hasPrefix("PG") || name.hasPrefix("CAISSON")
        let note = "\(name) of .env is not read from there; set it in the environment."
        #expect(address.notes == (isOurs ? [note] : []))
        #expect(try self.address(nil, [name: "1"], file: "PGHOST=h\n" + line).notes.isEmpty)
    }

    @Test func `a URL of a file loads no code`() throws {
        let url = "postgresql://h/d?sslcert=/c.pem&sslkey="
        #expect(throws: AddressError.notFromFile("sslkey")) {
            try address(nil, [:], file: "DATABASE_URL=\(url)/tmp/e.so%3Ax")
        }
        #expect(try address(nil, [:], file: "DATABASE_URL=\(url)/k.pem").origin == .file)
        // Whoever sets the environment may.
        #expect(try address(nil, ["DATABASE_URL": "\(url)pkcs11%3Ax"]).origin == .environment)
    }
}
