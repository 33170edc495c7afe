import Foundation
import SQLSyntax
import Testing

@testable import Migrations

/// Flyway's placeholders; no server.
@Suite struct FlywayPlaceholderTests {
    private func read(
        _ files: [String: String],
        _ values: [String: String] = [:],
        variables: [String: String] = [:]
    ) throws -> [Migration] {
        var listing = FolderListing(path: "db", files: files.mapValues { Array($0.utf8) })
        listing.flyway = FlywaySettings(path: "flyway.conf", values: values, variables: variables)
        return try MigrationDirectory(listing, layout: .flyway).migrations
    }

    /// The statements of one file, or why it is not run.
    private func reading(
        _ text: String,
        _ values: [String: String] = [:],
        variables: [String: String] = [:],
        settings: String = ""
    ) throws -> String {
        let all = try read(["V1__a.sql": text, "V1__a.sql.conf": settings], values, variables: variables)
        do {
            return try MigrationPlan(.up(.latest), available: all, applied: []).steps.flatMap(
                \.section.statements
            )
            .map(\.text).joined(separator: "; ")
        } catch {
            return error.description
        }
    }

    private let owner = ["flyway.placeholders.owner": "ann"]

    @Test(arguments: [
        ("CREATE TABLE ${owner}.t (a text DEFAULT '${owner}');", "CREATE TABLE ann.t (a text DEFAULT 'ann')"),
        ("SELECT ${OWNER}${Owner};", "SELECT annann"), ("SELECT 1; -- ${owner}", "SELECT 1"),
        ("SELECT '$owner {owner} $ {owner} ${owner';", "SELECT '$owner {owner} $ {owner} ${owner'"),
        ("SELECT $x$ ${owner} $x$;", "SELECT $x$ ann $x$"),
        ("SELECT '${flyway:table}';", "SELECT 'flyway_schema_history'"),
        ("SELECT '${flyway:filename}';", "SELECT 'V1__a.sql'"),
        ("SELECT '${flyway:environment}';", "SELECT 'default'"),
    ])
    func `placeholders are filled in`(text: String, expected: String) throws {
        #expect(try reading(text, owner) == expected)
    }

    @Test func `a value is not looked through again, and may hold several statements`() throws {
        let values = ["flyway.placeholders.a": "SELECT '${b}'; SELECT 2"]
        #expect(try reading("${a};", values) == "SELECT '${b}'; SELECT 2")
    }

    @Test(arguments: [
        (
            "SELECT 1;\n\nSELECT '${x}';",
            "db/V1__a.sql:3: there is no value for the placeholder ${x}\n  Write flyway.placeholders.x into flyway.conf"
        ),
        ("-- ${x}", "db/V1__a.sql:1: there is no value for the placeholder ${x}"),
        (
            "${owner}${x}",
            "FLYWAY_PLACEHOLDERS_X; if it is none, write placeholderReplacement=false into db/V1__a.sql.conf"
        ),
        ("${flyway:user}", "${flyway:user} has no value outside of Flyway\n  Write CURRENT_USER"),
        ("${flyway:database}", "Write current_database()"),
        ("${flyway:defaultSchema}", "Write flyway.defaultSchema into flyway.conf"),
        ("${flyway:new}", "Write its value into the file"),
    ])
    func `one without a value is refused before anything runs`(text: String, expected: String) throws {
        let found = try reading(text, owner)
        #expect(found.contains(expected), "\(found)")
    }

    @Test func `every setting is heeded, and the environment has the last word`() throws {
        let values = [
            "flyway.placeholderPrefix": "#[", "flyway.placeholderSuffix": "]",
            "flyway.placeholderSeparator": "_",
            "flyway.schemas": "app,other", "flyway.table": "log", "flyway.placeholders.a": "1",
            "flyway.placeholders.b": "2",
            "flyway.environment": "test", "environments.test.flyway.placeholders.b": "3",
            "environments.dev.flyway.placeholders.b": "4",
        ]
        let text =
            "SELECT #[a] #[b] #[c] ${a} #[flyway_defaultSchema] #[flyway_schemas] #[flyway_table] #[flyway_environment];"
        let variables = ["FLYWAY_PLACEHOLDERS_C": "5", "FLYWAY_PLACEHOLDERS_A": "6", "PLACEHOLDERS_B": "7"]
        #expect(try reading(text, values, variables: variables) == "SELECT 6 3 5 ${a} app app,other log test")
        let schema = ["flyway.schemas": "app", "flyway.defaultSchema": "main"]
        #expect(try reading("SELECT ${flyway:defaultSchema};", schema) == "SELECT main")
    }

    @Test(arguments: [
        ("false", "", "SELECT ${x}"), ("false", "placeholderReplacement=true", "there is no value"),
        ("true", "placeholderReplacement=false", "SELECT ${x}"),
        ("", "placeholderReplacement = FALSE", "SELECT ${x}"),
    ])
    func `replacement is switched off for all files or for one`(
        all: String,
        one: String,
        expected: String
    ) throws {
        let values = all.isEmpty ? [:] : ["flyway.placeholderReplacement": all]
        #expect(try reading("SELECT ${x};", values, settings: one).contains(expected))
    }

    @Test func `the ledger and the plan have the text of the file, not the values`() throws {
        let migration = try #require(
            read(["V1__a.sql": "CREATE ROLE ${owner};\nCOMMENT ON ROLE ${owner} IS 'x';"], owner).first
        )
        #expect(migration.up.text == "CREATE ROLE ${owner};\nCOMMENT ON ROLE ${owner} IS 'x';")
        #expect(
            migration.up.statements.map(migration.up.text(of:))
                == ["CREATE ROLE ${owner}", "COMMENT ON ROLE ${owner} IS 'x'"]
        )
    }

    @Test func `places in the file are found through the values`() {
        let source = SourceFile(path: "a", text: "ab${x}cd${y}e")
        let filled = SourceFile(source, replacing: [(2..<6, "12345678"), (8..<12, "")])
        #expect(String(decoding: filled.bytes, as: UTF8.self) == "ab12345678cde")
        #expect([0, 2, 5, 10, 11, 12, 13].map(filled.writtenOffset) == [0, 2, 2, 6, 7, 8, 13])
        #expect(filled.writtenText(2..<12) == "${x}cd" && filled.writtenText(10..<13) == "cd${y}e")
    }

    // MARK: checksums

    @Test func `a value that changes makes a repeatable file run again, and leaves a versioned one alone`()
        throws
    {
        let files = ["V1__a.sql": "SELECT '${owner}';", "R__b.sql": "SELECT '${owner}';"]
        let (before, after) = (try read(files, owner), try read(files, ["flyway.placeholders.owner": "bob"]))
        #expect(
            before[0].checksum == after[0].checksum
                && before[0].normalizedChecksum == after[0].normalizedChecksum
        )
        #expect(
            before[1].checksum != after[1].checksum
                && before[1].normalizedChecksum != after[1].normalizedChecksum
        )
    }

    @Test func `Flyway's checksum of a repeatable file is that of its filled text, or of its raw one`() throws
    {
        let text = "SELECT '${owner}';"
        let source = try #require(read(["R__b.sql": text], owner).first).up.source
        for known in ["SELECT 'ann';", text] {
            #expect(
                ForeignRecord.Checksum.flyway(ForeignRecord.Checksum.flyway(Array(known.utf8))).matches(
                    source
                )
            )
        }
        let other = ForeignRecord.Checksum.flyway(Array("SELECT 'bob';".utf8))
        #expect(!ForeignRecord.Checksum.flyway(other).matches(source))
    }

    @Test func `what is no SQL without its values is compared byte for byte`() throws {
        let one = try #require(read(["V1__a.sql": "SELECT ${a}1';"], ["flyway.placeholders.a": "'"]).first)
        let two = try #require(read(["V1__a.sql": "SELECT ${a}2';"], ["flyway.placeholders.a": "'"]).first)
        #expect(one.normalizedChecksum != two.normalizedChecksum)
    }

    // MARK: files

    @Test func `flyway.conf is read`() {
        let text = """
            # flyway.placeholders.no=1
            ! flyway.placeholders.no=1
            flyway.placeholders.a=1 # not a comment
              flyway.placeholders.b = x=y:z
            flyway.placeholders.c: ${HOME_TOWN}/x
            flyway.placeholders.d=${UNSET}
            flyway.placeholders.e=
            nothing
            """
        #expect(
            FlywayProperties.values(text.replacing("\n", with: "\r\n"), ["HOME_TOWN": "Bonn"]) == [
                "flyway.placeholders.a": "1 # not a comment", "flyway.placeholders.b": "x=y:z",
                "flyway.placeholders.c": "Bonn/x", "flyway.placeholders.e": "",
            ]
        )
    }

    @Test func `flyway.toml is read`() {
        let text = #"""
            title = "x" # a comment
            [flyway]
            placeholderReplacement = true
            locations = ["filesystem:sql",
                'b', ]
            placeholders = { a = "1", "b c" = '2' }
            placeholders.d = "${env.HOME_TOWN} \"\u0041\" # no comment"
            [ flyway . placeholders ]
            e = '''
            two
            lines'''
            f = """x\ty"""
            g = "${env.UNSET}"
            h = 5
            broken = "
            i = '${HOME_TOWN}'
            [environments.dev.flyway.placeholders]
            a = "3"
            [[list]]
            a = 4
            """#
        #expect(
            FlywayTOML.values(text, ["HOME_TOWN": "Bonn"]) == [
                "title": "x", "flyway.placeholderReplacement": "true", "flyway.locations": "filesystem:sql,b",
                "flyway.placeholders.a": "1", "flyway.placeholders.b c": "2",
                "flyway.placeholders.d": "Bonn \"A\" # no comment", "flyway.placeholders.e": "two\nlines",
                "flyway.placeholders.f": "x\ty", "flyway.placeholders.h": "5",
                "flyway.placeholders.i": "${HOME_TOWN}",
                "environments.dev.flyway.placeholders.a": "3", "list.[].a": "4",
            ]
        )
    }

    @Test(arguments: [
        "sql/flyway.conf", "sql/flyway.toml", "flyway.conf", "flyway.toml", "conf/flyway.conf",
    ])
    func `the settings are found in the folder and above`(place: String) throws {
        let folder = try TemporaryFolder()
        let settings =
            place.hasSuffix("toml") ? "[flyway.placeholders]\na = \"1\"" : "flyway.placeholders.a=1"
        try folder.writeAll(["sql/V1__a.sql": "SELECT ${a};", place: settings])
        let migrations = try MigrationDirectory(path: folder.path + "/sql").migrations
        #expect(migrations.first?.up.statements.map(\.text) == ["SELECT 1"])
    }
}
