import Foundation
import Postgres
import TestSupport
import Testing

/// Random values written by us are read by the server as text, and the reverse.
@Suite(.freshDatabase) struct RandomValueTests {
    @Test func `numbers`() throws {
        try check("numeric") { () -> PostgresNumeric? in
            let digits = (0..<Int.random(in: 1...40)).map { _ in
                ["0", "0", "9"].randomElement() ?? String(Int.random(in: 0...9))
            }.joined()
            let places = (0..<Int.random(in: 0...30)).map { _ in
                Bool.random() ? "0" : String(Int.random(in: 0...9))
            }.joined()
            return PostgresNumeric((Bool.random() ? "-" : "") + digits + (places.isEmpty ? "" : "." + places))
        }
    }

    @Test func `days`() throws {
        try check("date") { PostgresDate(daysSince2000: .random(in: -2_451_507...2_145_031_948)) }
        try check("date") { PostgresDate(daysSince2000: .random(in: -800_000...800_000)) }
    }

    @Test func `times`() throws {
        try check("time") { PostgresTime(microseconds: .random(in: 0...86_400_000_000)) }
        try check("timestamp") {
            PostgresTimestamp(microseconds: .random(in: -211_813_488_000_000_000...9_223_371_331_199_999_999))
        }
    }

    @Test func `intervals`() throws {
        try check("interval") {
            PostgresInterval(
                months: .random(in: -2_000_000_000...2_000_000_000),
                days: .random(in: .min ... .max),
                microseconds: .random(in: -9_000_000_000_000_000_000...9_000_000_000_000_000_000)
            )
        }
    }

    private func check<Value>(_ type: String, _ make: () -> Value?) throws
    where
        Value: PostgresEncodable & PostgresDecodable & PostgresArrayElement & LosslessStringConvertible
            & Equatable
    {
        let connection = try TestDatabase.current.connection()
        let values = (0..<500).compactMap { _ in make() }
        #expect(values.count == 500)
        let sql: SQL = "SELECT v, v::text FROM unnest(\(values)) v"
        for format in [Format.text, .binary] {
            let rows = try connection.rows(sql, format: format)
            for (row, value) in zip(rows, values) {
                let (found, text) = try row.decode(Value.self, String.self)
                #expect(found == value)
                #expect(Value(text) == value && value.description == text, "\(text)")
            }
        }
        #expect(try connection.query(sql, as: Value.self, String.self).count == 500)
    }
}
