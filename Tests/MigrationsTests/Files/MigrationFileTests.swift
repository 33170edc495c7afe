import SQLSyntax
import Testing

@testable import Migrations

@Suite struct MigrationFileTests {
    private func sections(_ text: String) throws -> (up: MigrationSection, down: MigrationSection?) {
        try MigrationFile(SourceFile(path: "1_x.sql", bytes: Array(text.utf8))).sections()
    }

    @Test func `both sections are found with their lines`() throws {
        let (up, down) = try sections(
            "-- a note\n-- migrate:up\nSELECT 1;\n\nSELECT 2\n-- migrate:down\nSELECT 3;\n"
        )
        #expect(up.statements.map(\.text) == ["SELECT 1", "SELECT 2"])
        #expect(up.statements.map(\.line) == [3, 5])
        #expect(down?.statements.map(\.text) == ["SELECT 3"])
        #expect(down?.statements.map(\.line) == [7])
        #expect(up.text == "-- migrate:up\nSELECT 1;\n\nSELECT 2\n")
    }

    @Test(arguments: [" ", "\t", "\u{B}", "\r", "\u{A0}", "\u{2003}", "\u{3000}"])
    func `the words of a marker are parted by any white space`(space: String) {
        let words = MarkerText("--\(space)migrate:up\(space)transaction:false\(space)").words
        #expect(words == ["migrate:up", "transaction:false"])
    }

    @Test(arguments: [
        "SELECT '\n-- migrate:down\n'", "SELECT $$\n-- migrate:down\n$$", "/*\n-- migrate:down\n*/ SELECT 1",
    ])
    func `a marker inside a quote or comment is none`(statement: String) throws {
        let (up, down) = try sections("-- migrate:up\n\(statement);")
        #expect(up.statements.count == 1)
        #expect(down == nil)
    }

    @Test func `options are read`() throws {
        let (up, down) = try sections(
            """
            -- migrate:up transaction:false lock-timeout:500ms requires-backfill:fill_names
            -- migrate:down lock-timeout:2min transaction:true
            """
        )
        #expect(up.options.transactionMode == .perStatement)
        #expect(up.options.lockTimeout == .milliseconds(500))
        #expect(up.options.requiredBackfill == "fill_names")
        #expect(down?.options.transactionMode == .perFile)
        #expect(down?.options.lockTimeout == .seconds(120))
    }

    @Test(arguments: [
        "-- migrate users to the new table", "-- migrate up the chain of command",
        "-- migration of the names",
        "-- see migrate:up above", "-- migrate: moves the users away", "-- immigrate:up", "-- up",
        "/* migrate the users */",
    ])
    func `ordinary comments are left alone`(comment: String) throws {
        #expect(try sections("-- migrate:up\n\(comment)\nSELECT 1;").up.statements.count == 1)
    }

    @Test(arguments: [
        ("--migrate:up", 1), ("  -- migrate:up  ", 1), ("\u{FEFF}-- migrate:up", 1), ("-- migrate:up\r", 1),
        ("\n\n-- migrate:up", 3),
    ])
    func `a marker may be written a little differently`(marker: String, line: Int) throws {
        #expect(try sections("\(marker)\nSELECT 1;\n").up.statements.map(\.line) == [line + 1])
    }

    @Test(
        arguments: [
            ("-- migrate:pu\nSELECT 1;", 1, "write -- migrate:up"),
            ("-- migrate up\nSELECT 1;", 1, "write -- migrate:up"),
            ("-- migrate: up\nSELECT 1;", 1, "write -- migrate:up"),
            ("-- Migrate:Up\nSELECT 1;", 1, "write -- migrate:up"),
            ("-- migrat:up transaction:false\nSELECT 1;", 1, "write -- migrate:up"),
            ("-- migration:down\nSELECT 1;", 1, "write -- migrate:down"),
            ("-- migrate:up\nSELECT 1;\n-- migrate:dwon\nSELECT 2;", 3, "write -- migrate:down"),
            ("-- migrate:sideways\nSELECT 1;", 1, "write -- migrate:up or -- migrate:down"),
            ("-- +goose Up\nSELECT 1;", 1, "another tool's; write -- migrate:up"),
            ("/* migrate:up */\nSELECT 1;", 1, "write -- migrate:up"),
            ("-- migrate:up\nSELECT 1; -- migrate:down\nSELECT 2;", 2, "on a line of its own"),
            (
                "-- migrate:up\nCREATE TABLE t (\n-- migrate:down\nDROP TABLE t;", 3,
                "begins on line 2 and is not closed"
            ),
            ("SELECT 1;", nil, "there is no marker: write -- migrate:up"),
            ("", nil, "there is no marker"),
            ("\nSELECT 1;\n-- migrate:up\n", 2, "a statement stands before the first marker"),
            (
                "-- migrate:up\nSELECT 1;\n-- migrate:down\n-- migrate:up\n", 4,
                "a second -- migrate:up: the first is on line 1"
            ),
            ("-- migrate:down\n-- migrate:up\n", 1, "-- migrate:down stands first"),
            ("-- migrate:down\n", 1, "there is no marker: write -- migrate:up"),
            (
                "-- migrate:up transactions:false", 1,
                "the option transactions does not exist: did you mean transaction?"
            ),
            (
                "-- migrate:up fast", 1,
                "there are transaction, lock-timeout, statement-timeout, isolation, requires-backfill"
            ),
            ("-- migrate:up transaction:no", 1, "write transaction:false or transaction:true"),
            ("-- migrate:up transaction:false transaction:true", 1, "the option once"),
            ("-- migrate:up lock-timeout:5", 1, "such as lock-timeout:5s"),
            ("-- migrate:up requires-backfill:", 1, "requires-backfill:NAME"),
            ("-- migrate:up\n-- migrate:down requires-backfill:x", 2, "on the -- migrate:up line"),
            ("-- migrate:up\nSELECT 'x", 2, "the string that begins here is never closed"),
        ] as [(String, Int?, String)]
    )
    func `what is wrong is said with its line and the right spelling`(
        text: String,
        line: Int?,
        message: String
    ) throws {
        let error = try #require(throws: MigrationFileError.self) { try sections(text) }
        #expect(error.line == line)
        #expect(error.description.hasPrefix(line.map { "1_x.sql:\($0): " } ?? "1_x.sql: "))
        #expect(error.description.contains(message), "\(error)")
    }

    @Test func `text that is not UTF-8 is refused with its line`() throws {
        let error = try #require(throws: MigrationFileError.self) {
            try SourceFile(
                path: "1_x.sql",
                bytes: Array("-- migrate:up\nSELECT '".utf8) + [0xE9] + Array("';".utf8)
            )
        }
        #expect(error.description.hasPrefix("1_x.sql:2: this line is not UTF-8"))
    }
}
