import Bulk
import Foundation
import Postgres
import TestSupport
import Testing

@Suite(.freshDatabase)
struct CopyColumnsTests {
    static let script = """
        CREATE TYPE mood AS ENUM ('sad', 'happy');
        CREATE TABLE by_row (
            id bigint NOT NULL, t text, m mood, b boolean, i2 smallint, i4 int, f4 real, f8 double precision,
            u uuid, n numeric, d date, ts timestamp, tz timestamptz, iv interval, j json, by bytea, a int[]
        );
        CREATE TABLE by_column (LIKE by_row);
        CREATE TABLE kept (n bigint NOT NULL, t text);
        """
    static let columns = [
        "id", "t", "m", "b", "i2", "i4", "f4", "f8", "u", "n", "d", "ts", "tz", "iv", "j", "by", "a",
    ]

    @Test func `columns of all types are stored as rows are`() throws {
        let connection = try connection(running: Self.script)
        let values = Samples(count: 5000, seed: 7)
        let byRow = try connection.copyRows(into: "by_row", columns: Self.columns, values.writeRows)
        let byColumn = try connection.copyRows(into: "by_column", columns: Self.columns, values.writeColumns)
        #expect((byRow, byColumn) == (5000, 5000))
        let differing: SQL = """
            SELECT count(*) FROM by_row r FULL JOIN by_column c USING (id)
            WHERE r::text IS DISTINCT FROM c::text
            """
        #expect(try connection.queryOne(differing, as: Int.self) == 0)
        #expect(try connection.lines("SELECT count(*), count(t) FROM by_column") == ["5000|2500"])
    }

    @Test func `columns go in in pieces and in turns with rows`() throws {
        let connection = try connection(running: Self.script)
        let stored = try connection.copyRows(into: "kept", columns: ["n", "t"]) { rows in
            try rows.write(columns: Int64(0)..<3000, repeatElement("a", count: 3000))
            try rows.write(Int64(3000), nil as String?)
            try rows.write(columns: [Int64](), [String]())
            try rows.write(columns: [3001, 3002] as ArraySlice<Int64>, ["b", nil] as ContiguousArray)
            try rows.write(Int64(3003), "c")
        }
        #expect(stored == 3004)
        #expect(
            try connection.lines(
                "SELECT count(DISTINCT n), sum(n), count(t) FILTER (WHERE t = 'a') FROM kept"
            )
                == ["3004|\(3003 * 3004 / 2)|3000"]
        )
        #expect(
            try connection.lines("SELECT t FROM kept WHERE n >= 3000 ORDER BY n") == ["∅", "b", "∅", "c"]
        )
    }

    @Test func `columns with different numbers of values are refused by name, and nothing is stored`() throws
    {
        let connection = try connection(running: Self.script)
        let error = try #require(throws: BatchError.self) {
            try connection.copyRows(into: "kept", columns: ["n", "t"]) { rows in
                try rows.write(columns: [1, 2, 3] as [Int64], ["a", "b"])
            }
        }
        #expect(
            error.description
                == "the columns do not have the same number of values: n has 3, t has 2. Nothing of them was sent. "
                + "Give each row a value in every column, nil for NULL."
        )
        #expect(try connection.queryOne("SELECT count(*) FROM kept", as: Int.self) == 0)
    }

    @Test func `columns whose types or number do not fit are refused`() throws {
        let connection = try connection(running: Self.script)
        #expect(throws: TargetError.self) {
            try connection.copyRows(into: "kept", columns: ["n", "t"]) { rows in
                try rows.write(columns: [1] as [Int32], ["a"])
            }
        }
        #expect(throws: TargetError.self) {
            try connection.copyRows(into: "kept", columns: ["n", "t"]) { rows in
                try rows.write(columns: [1] as [Int64])
            }
        }
        let error = try #require(throws: BatchError.self) {
            try connection.copyRows(into: "kept", columns: ["n", "t"]) { rows in
                try rows.write(columns: [1, 2] as [Int64], ["a", "b"])
                try rows.write(columns: [3] as [Int64], [true])
            }
        }
        #expect(error.description.hasPrefix("row 3 of the batch is (Int64, Bool)"))
    }

    /// With only the types that are there compared, such a row was sent with the number of fields of the first one.
    @Test func `a later row with fewer values is refused`() throws {
        let connection = try connection(running: Self.script)
        let error = try #require(throws: BatchError.self) {
            try connection.copyRows(into: "kept", columns: ["n", "t"]) { rows in
                try rows.write(Int64(1), "a")
                try rows.write(Int64(2))
            }
        }
        #expect(error.description.hasPrefix("row 2 of the batch is (Int64), sent as (bigint)"))
    }

    @Test func `the server's error comes out of columns, too`() throws {
        let connection = try connection(running: Self.script + "; ALTER TABLE kept ADD CHECK (n <> 10)")
        let numbers = Array(Int64(0)..<200_000)
        let error = try #require(throws: PostgresError.self) {
            try connection.copyRows(into: "kept", columns: ["n", "t"]) { rows in
                try rows.write(
                    columns: numbers,
                    repeatElement("something to fill the buffers", count: numbers.count)
                )
            }
        }
        #expect(error.sqlState?.rawValue == "23514")
        #expect(try connection.queryOne("SELECT count(*) FROM kept", as: Int.self) == 0)
    }
}

/// Values for a table of all types.
private struct Samples {
    let ids: [Int64]
    private let texts: [String?]
    private let moods: [Mood?]
    private let flags: [Bool]
    private let small: [Int16]
    private let medium: [Int32?]
    private let floats: [Float]
    private let doubles: [Double?]
    private let uuids: [UUID]
    private let numbers: [PostgresNumeric?]
    private let days: [PostgresDate]
    private let times: [PostgresTimestamp]
    private let moments: [Date]
    private let spans: [PostgresInterval]
    private let documents: [PostgresJSON?]
    private let bytes: [[UInt8]]
    private let arrays: [[Int32]]

    private enum Mood: String, PostgresEnum { case sad, happy }

    init(count: Int, seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let bits = (0..<count).map { _ in random.next() }
        ids = bits.indices.map { Int64($0) }
        texts = bits.indices.map { $0 % 2 == 0 ? "日\t\(bits[$0])" : nil }
        moods = bits.map { $0 % 3 == 0 ? nil : $0 % 3 == 1 ? .sad : .happy }
        flags = bits.map { $0 % 2 == 0 }
        small = bits.map { Int16(truncatingIfNeeded: $0) }
        medium = bits.map { $0 % 5 == 0 ? nil : Int32(truncatingIfNeeded: $0) }
        floats = bits.map { Float(bitPattern: UInt32(truncatingIfNeeded: $0)) }
        doubles = bits.map { $0 % 5 == 0 ? nil : Double(bitPattern: $0) }
        uuids = bits.map { _ in UUID() }
        numbers = bits.map { PostgresNumeric("\($0 % 100_000).\($0 % 1000)") }
        days = bits.map { PostgresDate(daysSince2000: Int32($0 % 100_000)) }
        times = bits.map { PostgresTimestamp(microseconds: Int64($0 >> 12)) }
        moments = bits.map { Date(timeIntervalSince1970: Double($0 % 4_000_000_000)) }
        spans = bits.map { PostgresInterval(months: Int32($0 % 99), days: -3, microseconds: Int64($0 % 999)) }
        documents = bits.map { $0 % 4 == 0 ? nil : PostgresJSON(text: "{\"n\": \($0)}") }
        bytes = bits.map { value in (0..<value % 30).map { UInt8(truncatingIfNeeded: value >> $0) } }
        arrays = bits.map { value in (0..<value % 5).map { Int32(truncatingIfNeeded: value >> $0) } }
    }

    func writeRows(_ rows: BinaryRowWriter) throws {
        for i in ids.indices {
            try rows.write(
                ids[i],
                texts[i],
                moods[i],
                flags[i],
                small[i],
                medium[i],
                floats[i],
                doubles[i],
                uuids[i],
                numbers[i],
                days[i],
                times[i],
                moments[i],
                spans[i],
                documents[i],
                bytes[i],
                arrays[i]
            )
        }
    }

    func writeColumns(_ rows: BinaryRowWriter) throws {
        try rows.write(
            columns: ids,
            texts,
            moods,
            flags,
            small,
            medium,
            floats,
            doubles,
            uuids,
            numbers,
            days,
            times,
            moments,
            spans,
            documents,
            bytes,
            arrays
        )
    }
}
