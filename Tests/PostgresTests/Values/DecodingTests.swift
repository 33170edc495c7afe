import Foundation
import Postgres
import TestSupport
import Testing

@Suite(.freshDatabase) struct DecodingTests {
    @Test(arguments: [Format.text, .binary])
    func `built-in types are read`(_ format: Format) throws {
        let row = try row(
            """
            SELECT 1::int2, -2::int4, 3::int8, 4::int8, true, false, 0.5::float4, -1e300::float8,
                   'ä"\\'::text, '\\x00ff'::bytea, '00112233-4455-6677-8899-aabbccddeeff'::uuid, NULL::int4
            """,
            format
        )
        let numbers = try row.decode(Int16.self, Int32.self, Int64.self, Int.self, Bool.self, Bool.self)
        #expect(numbers == (1, -2, 3, 4, true, false))
        let (float, double, text) = try row.decode(from: 6, Float.self, Double.self, String.self)
        #expect((float, double, text) == (0.5, -1e300, "ä\"\\"))
        #expect(try row.value([UInt8].self, at: 9) == [0, 255])
        #expect(try row.value(UUID.self, at: 10) == UUID(uuidString: "00112233-4455-6677-8899-aabbccddeeff"))
        #expect(try row.value(Int32?.self, at: 11) == nil)
    }

    @Test(arguments: [Format.text, .binary])
    func `wider integers take narrower ones`(_ format: Format) throws {
        let row = try row("SELECT 7::int2, 7::int4, 7::int2", format)
        let numbers = try row.decode(Int64.self, Int.self, Int32.self)
        #expect(numbers == (7, 7, 7))
    }

    @Test(arguments: [Format.text, .binary], Mismatch.all)
    fileprivate func `another type is refused`(_ format: Format, _ mismatch: Mismatch) throws {
        let row = try row("SELECT 1, \(unsafe: mismatch.expression) AS field", format)
        let error = #expect(throws: DecodingFailure.self) { try mismatch.decode(row) }
        #expect(error?.place.column == "field")
        #expect(error?.wanted == mismatch.wanted)
        #expect(
            error?.description.hasPrefix("column field of row 1 cannot be read as \(mismatch.wanted)") == true
        )
    }

    @Test(arguments: [Format.text, .binary])
    func `NULL is refused where a value is wanted`(_ format: Format) throws {
        let row = try row("SELECT NULL::int8 AS a, NULL::text AS b, NULL::bool AS c", format)
        for column in 0..<3 {
            let error = #expect(throws: DecodingFailure.self) {
                switch column {
                case 0: _ = try row.value(Int.self, at: 0)
                case 1: _ = try row.value(String.self, at: 1)
                default: _ = try row.value(Bool.self, at: 2)
                }
            }
            #expect(error?.found == "NULL")
        }
    }

    @Test func `a column that is not there is named`() throws {
        let row = try row("SELECT 1 AS a, 2 AS b", .text)
        #expect(try row.value(Int.self, named: "b") == 2)
        let byName = #expect(throws: DecodingFailure.self) { try row.value(Int.self, named: "c") }
        #expect(byName?.found == "only the columns a, b")
        let byPlace = #expect(throws: DecodingFailure.self) { try row.decode(Int.self, Int.self, Int.self) }
        #expect(byPlace?.found == "only 2 columns")
    }

    @Test func `an integer is never cut`() throws {
        let row = try row("SELECT 40000::text, '99999999999'::text", .text)
        #expect(throws: DecodingFailure.self) { try row.value(Int16.self, at: 0) }
        #expect(throws: DecodingFailure.self) { try row.value(Int32.self, at: 1) }
        #expect(try row.value(Int.self, at: 1) == 99_999_999_999)
    }

    @Test func `dates keep their microseconds`() throws {
        let connection = try TestDatabase.current.connection()
        let date = Date(timeIntervalSince1970: 1_700_000_000.123457)
        #expect(
            try connection.queryOne("SELECT extract(epoch FROM \(date))::text", as: String.self)
                == "1700000000.123457"
        )
        let ends: SQL =
            "SELECT \(Date(timeIntervalSince1970: .infinity))::text, \(Date(timeIntervalSince1970: -.infinity))::text"
        #expect(try connection.queryOne(ends, as: String.self, String.self) == ("infinity", "-infinity"))
        let back = try row("SELECT \(date), 'infinity'::timestamptz", .binary).decode(Date.self, Date.self)
        #expect(abs(back.0.timeIntervalSince(date)) < 1e-6)
        #expect(back.1.timeIntervalSince1970 == .infinity)
    }

    private func row(_ sql: SQL, _ format: Format) throws -> Row {
        try #require(try TestDatabase.current.connection().rows(sql, format: format).first)
    }
}

/// A field that a Swift type must not take.
private struct Mismatch: Sendable, CustomTestStringConvertible {
    let expression: String
    let wanted: String
    let decode: @Sendable (Row) throws -> Void

    init<Value: PostgresDecodable>(_ expression: String, _ type: Value.Type) {
        self.expression = expression
        wanted = "\(Value.self)"
        decode = { _ = try $0.value(Value.self, at: 1) }
    }

    var testDescription: String { "\(expression) as \(wanted)" }

    static let all: [Mismatch] = [
        Mismatch("1::int8", Int32.self), Mismatch("1::int4", Int16.self), Mismatch("1.5::numeric", Int.self),
        Mismatch("'x'::text", Int.self), Mismatch("1::int4", Bool.self), Mismatch("'t'::text", Bool.self),
        Mismatch("1::int4", Double.self), Mismatch("1::float8", Float.self), Mismatch("'x'::text", UUID.self),
        Mismatch("now()::timestamp", Date.self),
    ]
}
