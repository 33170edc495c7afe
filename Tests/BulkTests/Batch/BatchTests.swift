import Bulk
import Foundation
import Postgres
import TestSupport
import Testing

struct BatchTests {
    @Test func `a row of other types is refused and leaves the batch as it was`() throws {
        var batch = try Batch([(Int64(1), "a")])
        #expect(
            throws: BatchError.otherTypes(
                row: 2,
                swiftTypes: ["Int32", "String"],
                found: [.int4, .text],
                expected: [.int8, .text]
            )
        ) {
            try batch.append(Int32(2), "b")
        }
        #expect(throws: BatchError.self) { try batch.append(Int64(2)) }
        #expect(throws: BatchError.self) { try batch.append(Int64(2), "b", "c") }
        #expect(batch.count == 1)
        try batch.append(Int64(2), "b")
        #expect(batch.count == 2)
    }

    @Test func `an optional and its value are the same column`() throws {
        var batch = try Batch([(Int64(1), "a" as String?)])
        try batch.append(nil as Int64?, "b")
        #expect(batch.columnTypes == [.int8, .text])
        #expect(batch.count == 2)
    }

    @Test func `a type whose array is unknown is refused with its name`() throws {
        var batch = Batch()
        let error = try #require(throws: BatchError.self) { try batch.append(1, Mood(name: "happy")) }
        #expect(error == .noArrayType(swiftType: "Mood", column: 2))
        #expect(batch.isEmpty)
    }

    @Test func `an emptied batch takes rows of the same types again`() throws {
        var batch = try Batch([(Int64(1), nil as String?)])
        batch.removeAll()
        #expect(batch.isEmpty && batch.byteCount == 0)
        #expect(throws: BatchError.self) { try batch.append("a", "b") }
        try batch.append(Int64(2), "b")
        #expect(batch.count == 1)
    }
}

/// An enum of the database whose id nobody knows here.
private struct Mood: PostgresEncodable {
    let name: String
    static var postgresType: PostgresType { PostgresType(rawValue: 99_999) }
    func encode(into buffer: inout WireBuffer) { buffer.append(name) }
}

@Suite(.freshDatabase)
struct BatchRoundTripTests {
    static let table = """
        CREATE TABLE kept (
            id bigint PRIMARY KEY, n2 smallint, n4 integer, f4 real, f8 double precision, b boolean, t text,
            raw bytea, u uuid, at timestamptz
        )
        """

    @Test func `every type comes out as it went in, NULL too`() throws {
        let connection = try connection(running: Self.table)
        let uuid = try #require(UUID(uuidString: "6F9619FF-8B86-D011-B42D-00C04FC964FF"))
        let date = Date(timeIntervalSince1970: 1_700_000_000.25)
        var batch = Batch()
        try batch.append(
            Int64.min,
            Int16.min as Int16?,
            Int32.max as Int32?,
            Float(1.5) as Float?,
            -0.1 as Double?,
            true as Bool?,
            "日本 🏗️ \\ \" {} NULL \n" as String?,
            [0, 255, 92] as [UInt8]?,
            uuid as UUID?,
            date as Date?
        )
        try batch.append(
            Int64.max,
            nil as Int16?,
            nil as Int32?,
            nil as Float?,
            nil as Double?,
            nil as Bool?,
            nil as String?,
            nil as [UInt8]?,
            nil as UUID?,
            nil as Date?
        )
        try batch.append(
            Int64(0),
            0 as Int16?,
            0 as Int32?,
            Float.infinity as Float?,
            Double.nan as Double?,
            false as Bool?,
            "" as String?,
            [] as [UInt8]?,
            uuid as UUID?,
            date as Date?
        )
        let sink = Sink.insert(
            into: "kept",
            columns: ["id", "n2", "n4", "f4", "f8", "b", "t", "raw", "u", "at"]
        )
        let outcome = try SinkWriter(sink, on: connection).write(batch, on: connection)
        #expect(outcome.inserted == 3 && outcome.proposed == 3 && outcome.unchanged == 0)
        let lines = try connection.lines(
            "SELECT id, n2, n4, f4, f8, b, t, raw, u, extract(epoch FROM at) FROM kept ORDER BY id"
        )
        #expect(
            lines == [
                "-9223372036854775808|-32768|2147483647|1.5|-0.1|t|日本 🏗️ \\ \" {} NULL \n|\\x00ff5c|"
                    + "6f9619ff-8b86-d011-b42d-00c04fc964ff|1700000000.250000",
                "0|0|0|Infinity|NaN|f||\\x|6f9619ff-8b86-d011-b42d-00c04fc964ff|1700000000.250000",
                "9223372036854775807|∅|∅|∅|∅|∅|∅|∅|∅|∅",
            ]
        )
    }

    @Test func `text becomes whatever type the column has`() throws {
        let connection = try connection(
            running: """
                CREATE TYPE mood AS ENUM ('sad', 'happy');
                CREATE DOMAIN short AS varchar(5) CHECK (VALUE <> 'bad');
                CREATE TABLE kept (n numeric(8,2), d date, j jsonb, i inet, m mood, s short, c char(3), a int[], r int4range)
                """
        )
        let columns = ["n", "d", "j", "i", "m", "s", "c", "a", "r"]
        let writer = try SinkWriter(.insert(into: "kept", columns: columns), on: connection)
        let batch = try Batch([
            ("12.345", "2024-02-29", #"{"a":1}"#, "10.0.0.1", "happy", "abcde", "x", "{1,2}", "[1,5)")
        ])
        _ = try writer.write(batch, on: connection)
        #expect(
            try connection.lines("SELECT * FROM kept") == [
                "12.35|2024-02-29|{\"a\": 1}|10.0.0.1|happy|abcde|x  |{1,2}|[1,5)"
            ]
        )
    }

    @Test(arguments: ["v varchar(3)", "v char(3)", "v three", "v bit(3)", "v varchar(3)[]"])
    func `a value too long for its column is refused, not cut off`(_ column: String) throws {
        let connection = try connection(
            running: "CREATE DOMAIN three AS varchar(3); CREATE TABLE kept (\(column))"
        )
        let writer = try SinkWriter(.insert(into: "kept", columns: ["v"]), on: connection)
        let value = column.contains("bit") ? "11111" : column.contains("[]") ? "{abcde}" : "abcde"
        let error = try #require(throws: PostgresError.self) {
            _ = try writer.write(Batch(column: [value]), on: connection)
        }
        #expect(error.sqlState?.rawValue.hasPrefix("22") == true)
        #expect(try connection.queryOne("SELECT count(*) FROM kept", as: Int.self) == 0)
    }

    @Test func `a NUL character is the server's error, not a shorter text`() throws {
        let connection = try connection(running: "CREATE TABLE kept (v text)")
        let writer = try SinkWriter(.insert(into: "kept", columns: ["v"]), on: connection)
        #expect(throws: PostgresError.self) { _ = try writer.write(Batch(column: ["a\0b"]), on: connection) }
        #expect(try connection.queryOne("SELECT count(*) FROM kept", as: Int.self) == 0)
    }

    @Test func `part of a batch holds exactly those rows`() throws {
        let connection = try connection(running: "CREATE TABLE kept (id int PRIMARY KEY, v text)")
        let batch = try Batch(
            (0..<100).map { (Int32($0), $0 % 3 == 0 ? nil : String(repeating: "x", count: $0)) }
        )
        let writer = try SinkWriter(.insert(into: "kept", columns: ["id", "v"]), on: connection)
        _ = try writer.write(batch.rows(40..<43), on: connection)
        _ = try writer.write(batch.rows(99..<100), on: connection)
        _ = try writer.write(batch.rows(5..<5), on: connection)
        #expect(
            try connection.lines("SELECT id, length(v) FROM kept ORDER BY id") == [
                "40|40", "41|41", "42|∅", "99|∅",
            ]
        )
    }
}
