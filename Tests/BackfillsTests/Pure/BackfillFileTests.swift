@testable import Backfills
import Foundation
import Postgres
import Testing

@Suite struct BackfillFileTests {
    @Test func `the front matter of the manual is read`() throws {
        let backfill = try read(
            """
            -- Names are compared without accents.
            -- backfill: normalize_city_names
            -- table: public.city
            -- key: country_code, "Id"
            -- nulls: last-range
            -- where: search_name IS NULL
            -- verify: SELECT count(*) FROM city
            --         WHERE search_name IS NULL
            -- lock-timeout: 500ms
            -- statement-timeout: 2min

            UPDATE city SET search_name = lower(city.name) -- a comment: with a colon
            FROM chunk WHERE city.id = chunk.id
            """
        )

        #expect(backfill.name == "normalize_city_names")
        #expect(backfill.table == Identifier("public", "city"))
        #expect(backfill.key == ["country_code", "Id"])
        #expect(backfill.nulls == .lastRange)
        #expect(
            backfill.condition
                == SQLText("search_name IS NULL", file: "backfills/sample.sql", line: 6, indents: [10])
        )
        #expect(backfill.verification?.text == "SELECT count(*) FROM city\nWHERE search_name IS NULL")
        #expect(backfill.limits.lockTimeout == .milliseconds(500))
        #expect(backfill.limits.statementTimeout == .seconds(120))
        guard case .sql(let statement) = backfill.work else {
            return #expect(Bool(false), "not a SQL backfill")
        }
        #expect(statement.line == 12)
        #expect(statement.text.hasPrefix("UPDATE city SET"))
    }

    @Test(arguments: [
        ("-- table: city\nUPDATE city SET a = 1", "sample"),
        ("\u{FEFF}-- backfill: other\r\n-- table: city\r\nUPDATE city SET a = 1\r\n", "other"),
    ])
    func `the file's name is the backfill's name unless another is given`(text: String, name: String) throws {
        #expect(try read(text).name == name)
    }

    @Test(arguments: [
        ("UPDATE city SET a = 1", 1, "names no table"),
        (
            "-- backfill: a\n-- tabel: city\nUPDATE", 2,
            "unknown front matter key \"tabel\"; did you mean \"table\"?"
        ),
        ("-- table: city\n-- table: town\nUPDATE", 2, "\"table\" is given twice"),
        ("-- table:\nUPDATE", 1, "\"table\" has no value"),
        ("-- table: ci ty\nUPDATE", 1, "\"ci ty\" is not a name"),
        ("-- table: city\n-- key: a,, b;\nUPDATE", 2, "is not a name"),
        ("-- backfill: a b\n-- table: city\nUPDATE", 1, "may hold letters"),
        ("-- table: city\n-- lock-timeout: soon\nUPDATE", 2, "\"soon\" is no time"),
        (
            "-- table: city\n-- nulls: last\nUPDATE", 2,
            "\"nulls\" is \"last-range\" or \"refuse\", not \"last\""
        ),
        ("-- table: city\n\n", 4, "there is no statement"),
    ])
    func `a malformed file is refused with its line`(text: String, line: Int, reason: String) {
        let error = #expect(throws: BackfillError.self) { try read(text) }
        let message = error.map { "\($0)" } ?? ""
        #expect(message.hasPrefix("backfills/sample.sql:\(line): "))
        #expect(message.contains(reason), "\(message)")
    }

    @Test func `a folder is read in order and a name given twice is refused`() throws {
        let folder = NSTemporaryDirectory() + "caisson-backfills-\(UInt32.random(in: 0...UInt32.max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (file, name) in [("b", "second"), ("a", "first")] {
            try "-- backfill: \(name)\n-- table: t\nUPDATE t".write(
                toFile: "\(folder)/\(file).sql",
                atomically: true,
                encoding: .utf8
            )
        }

        #expect(try BackfillDirectory(path: folder).backfills.map(\.name) == ["first", "second"])
        let unknown = #expect(throws: BackfillError.self) {
            try BackfillDirectory(path: folder).backfill(named: "frist")
        }
        #expect("\(unknown, default: "")".contains("Did you mean first?"))

        try "-- backfill: first\n-- table: t\nUPDATE t".write(
            toFile: "\(folder)/c.sql",
            atomically: true,
            encoding: .utf8
        )
        let twice = #expect(throws: BackfillError.self) { try BackfillDirectory(path: folder) }
        #expect("\(twice, default: "")".contains("a.sql and \(folder)/c.sql"))
    }

    @Test func `a missing folder is an error only when nothing is compiled in`() throws {
        #expect(throws: BackfillError.self) { try BackfillDirectory(path: "/nowhere") }
        #expect(try BackfillDirectory(path: "/nowhere", compiled: [SplitNames()]).backfills.count == 1)
    }

    private func read(_ text: String) throws -> Backfill {
        try BackfillFile(path: "backfills/sample.sql", text: text).backfill()
    }
}
