import Digests
import Testing

@testable import Migrations

@Suite struct CheckTests {
    @Test(arguments: [
        (
            "",
            "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b"
        ),
        (
            "abc",
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"
        ),
        (
            "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
            "09330c33f71147e83d192fc782cd1b4753111b173b3b05d22fa08086e3b0f712fcc7c71a557e2db966c3e9fa91746039"
        ),
        (
            String(repeating: "a", count: 1_000_000),
            "9d0e1809716474cb086e834e310a4a1ced149e9c00f248527972cec5704c2a5b07b8b3dc38ecc4ebae97ddd87f3d8985"
        ),
    ])
    func `SHA-384 gives the published digests`(text: String, digest: String) {
        #expect(SHA384.hex(Array(text.utf8)) == digest)
    }

    @Test(arguments: 108...132)
    func `every length around a block has a digest of its own`(length: Int) {
        let one = SHA384.hex([UInt8](repeating: 0, count: length))
        #expect(one.count == 96)
        #expect(one != SHA384.hex([UInt8](repeating: 0, count: length + 1)))
    }

    @Test func `CRC-32 gives the published check, also in pieces`() {
        #expect(CRC32.of("123456789") == 0xCBF4_3926)
        var check = CRC32()
        check.take("1234".utf8)
        check.take("56789".utf8)
        #expect(check.value == 0xCBF4_3926)
    }

    @Test(
        arguments: [
            ("", 0), ("CREATE TABLE a ();\n", -376_583_911), ("\u{FEFF}CREATE TABLE a ();", -376_583_911),
            ("CREATE TABLE a ();\r\nSELECT 'é';", -1_798_461_425),
            ("CREATE TABLE a ();\nSELECT 'é';\n", -1_798_461_425), ("a\r\n\r\nb\rc\n\n", 891_568_578),
        ] as [(String, Int32)]
    )
    func `Flyway's checksum does not know of line ends and byte order marks`(text: String, sum: Int32) throws
    {
        let source = try SourceFile(path: "V1__a.sql", bytes: Array(text.utf8))
        #expect(ForeignRecord.Checksum.flyway(source.bytes) == sum)
        #expect(ForeignRecord.Checksum.flyway(sum).matches(source))
        #expect(!ForeignRecord.Checksum.flyway(sum ^ 1).matches(source))
    }

    @Test func `sqlx's checksum is of the bytes as they are, but for the kind of line end`() throws {
        let unix = try SourceFile(path: "1_a.sql", bytes: Array("abc\nabc\n".utf8))
        let windows = try SourceFile(path: "1_a.sql", bytes: Array("abc\r\nabc\r\n".utf8))
        let marked = try SourceFile(path: "1_a.sql", bytes: Array("\u{FEFF}abc\nabc\n".utf8))
        let digest = ForeignRecord.Checksum.sqlx(SHA384.hex(unix.bytes).uppercased())
        #expect(digest.matches(unix))
        #expect(digest.matches(windows))
        #expect(!digest.matches(marked))
        #expect(ForeignRecord.Checksum.sqlx(SHA384.hex(windows.bytes)).matches(unix))
        #expect(ForeignRecord.Checksum.sqlx(SHA384.hex(Array("\u{FEFF}abc\nabc\n".utf8))).matches(marked))
    }

    /// The values were computed by hand from the tools' own formulas.
    @Test(
        arguments: [
            (.golangMigrate, "schema_migrations", [1_787_120_056, 1_726_534_663]),
            (.goose, "goose_db_version", [4_097_083_626]),
            (.flyway, "flyway_schema_history", [77_433_833_903_597]),
            (.sqlx, "_sqlx_migrations", [3_469_795_979_745_788_610]),
            (.tern, "schema_version", [9_628_173_550_095_224]), (.dbmate, "schema_migrations", []),
            (.diesel, "__diesel_schema_migrations", []),
        ] as [(MigrationTool, String, [Int64])]
    )
    func `each tool's lock has its own key`(tool: MigrationTool, table: String, keys: [Int64]) {
        let table = ForeignTable(schema: "public", name: table, columns: [:])
        #expect(ToolLock.keys(of: tool, on: table, database: "app") == keys)
        #expect(tool.hasNoLock == keys.isEmpty)
        #expect(ToolLock.javaHash("Größe") == 69_209_585)
    }
}
