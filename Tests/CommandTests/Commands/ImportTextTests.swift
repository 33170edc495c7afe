import Foundation
import Postgres
import TestSupport
import Testing

/// Files that COPY itself has written.
@Suite(.freshDatabase) struct ImportTextTests {
    private static let many: SQL = """
        INSERT INTO odd
        SELECT n, nullif(repeat(chr(n % 200 + 1), n % 7) || E'\\\\N' || chr(9) || chr(n % 50 + 10), 'x'),
               decode(md5(n::text), 'hex'), ARRAY[chr(92), NULL, E'a\\tb', n::text]
        FROM generate_series(1, 3000) AS n
        """
    private static let few: SQL =
        "INSERT INTO odd VALUES (-1, NULL, NULL, NULL), (-2, '', '', '{}'), (-3, '\\.', '\\x5c', '{\"\\\\\"}')"

    private static func differences(_ table: String) async throws -> Int {
        try await Samples.count(
            """
            SELECT count(*)
            FROM (SELECT id, name, raw, tags FROM odd) AS a
                 FULL JOIN (SELECT id, name, raw, tags FROM \(identifier: table)) AS b USING (id)
            WHERE (a.name, a.raw, a.tags) IS DISTINCT FROM (b.name, b.raw, b.tags)
            """
        )
    }

    /// A project with a file that the server has written, where it may write.
    private func written(_ options: String, columns: String = "") async throws -> Project {
        let project = try Project.onDatabase()
        try await Samples.execute("CREATE TABLE odd (id int, name text, raw bytea, tags text[])")
        try await Samples.execute(Self.many)
        try await Samples.execute(Self.few)
        let path = NSTemporaryDirectory() + "caisson-copy-\(UUID().uuidString).txt"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await Samples.execute("COPY odd\(unsafe: columns) TO '\(unsafe: path)' \(unsafe: options)")
        try project.write(Data(contentsOf: URL(fileURLWithPath: path)), to: "t.txt")
        return project
    }

    @Test(arguments: [
        ("", ""), ("(HEADER)", "--header"), ("(DELIMITER '|', NULL '-')", "--delimiter | --null -"),
        ("(NULL 'NULL')", "--null NULL"),
    ])
    func `what COPY writes is read as it was, also in chunks`(_ copy: String, _ options: String) async throws
    {
        let project = try await written(copy)
        try await Samples.execute("CREATE TABLE place (LIKE odd)")
        expectStatus(0, try await project.caisson("import t.txt --into place --format text \(options)"))
        #expect(try await Self.differences("place") == 0)
        expectStatus(0, try await project.caisson("import t.txt --into place --format text \(options)"))
        #expect(try await Samples.count("SELECT count(*) FROM place") == 3003)
    }

    @Test func `columns are named, mapped and left out`() async throws {
        let project = try await written("", columns: " (tags, name, id, raw)")
        try await Samples.execute("CREATE TABLE place (id int, raw bytea, name text, tags text[])")
        let options = "--columns tags,name,number,raw --map number=id"
        expectStatus(0, try await project.caisson("import t.txt --into place --format text \(options)"))
        #expect(try await Self.differences("place") == 0)
    }

    @Test func `a table is made for named columns, and of values without their backslashes`() async throws {
        let project = try Project.onDatabase(["t.txt": "1\t\\x32\ta\\tb\n\\N\t3\t\\N\n"])
        let refused = try await project.caisson("import t.txt --into made --format text --create")
        #expect(refused.errorOutput.contains("has no header"), "\(refused.errorOutput)")
        let command = "import t.txt --into made --format text --create --columns a,b,c"
        expectStatus(0, try await project.caisson(command))
        let types: SQL =
            "SELECT count(*) FROM pg_attribute WHERE attrelid = 'made'::regclass AND atttypid = 'bigint'::regtype"
        #expect(try await Samples.count(types) == 2)
        #expect(try await Samples.count("SELECT count(*) FROM made WHERE b = 2 AND c = E'a\\tb'") == 1)
    }

    @Test func `rows that cannot be read are left out, and the name of a file tells nothing`() async throws {
        let project = try Project.onDatabase(["t.tsv": "1\ta\n2\n3\t\\xff\n4\td\n"])
        try await Samples.execute("CREATE TABLE place (id int, name text)")
        let asCSV = try await project.caisson("import t.tsv --into place")
        expectStatus(1, asCSV)
        let left = try await project.caisson("import t.tsv --into place --format text --max-skipped 2")
        expectStatus(21, left)
        #expect(try await Samples.count("SELECT sum(id) FROM place") == 5)
        let lines: SQL = "SELECT count(*) FROM caisson.backfill_skipped WHERE line IN (2, 3)"
        #expect(try await Samples.count(lines) == 2)
    }

    @Test
    func `rows behind the mark that ends the data are refused, also when the file was imported up to there`()
        async throws
    {
        let project = try Project.onDatabase()
        try await Samples.execute("CREATE TABLE ended (id int, name text)")
        let load = "import ended.txt --into ended --format text"
        for (ending, count) in [("\n", 2), ("\r\n", 4)] {
            let text = ["1\ta", "2\tb", "\\."].map { $0 + ending }.joined()
            try project.write(Data(text.utf8), to: "ended.txt")
            expectStatus(0, try await project.caisson("\(load) --restart"))
            try project.write(Data((text + "3\tc" + ending).utf8), to: "ended.txt")
            let result = try await project.caisson("\(load) --continue")
            expectStatus(1, result)
            #expect(result.errorOutput.contains("line 4, byte 1: \\. has ended the data before"))
            #expect(try await Samples.count("SELECT count(*) FROM ended") == count)
        }
    }

    @Test func `a row that ends in a lone backslash does not take its reason along`() async throws {
        let project = try Project.onDatabase()
        try await Samples.execute("CREATE TABLE lone (id int, name text)")
        try project.write(Data("1\ta\n2\tb\\".utf8), to: "lone.txt")
        let load = "--into lone --format text"
        expectStatus(21, try await project.caisson("import lone.txt \(load) --max-skipped 1 --rejects r.txt"))
        expectStatus(1, try await project.caisson("import r.txt \(load)"))
        #expect(try await Samples.count("SELECT count(*) FROM lone") == 1)
        let rejects = try project.read("r.txt").replacing("b\\.", with: "b")
        try project.write(Data(rejects.utf8), to: "r.txt")
        expectStatus(0, try await project.caisson("import r.txt \(load)"))
        #expect(try await Samples.count("SELECT count(*) FROM lone WHERE name IN ('a', 'b')") == 2)
    }
}
