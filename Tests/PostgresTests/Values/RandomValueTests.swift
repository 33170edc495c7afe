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

    @Test func `addresses and networks`() throws {
        try check("inet") { PostgresInet.random() }
        try check("cidr") { PostgresInet.random().flatMap { PostgresCIDR($0.masked) } }
    }

    private func check<Value>(_ type: String, _ make: () -> Value?) throws
    where
        Value: PostgresEncodable & PostgresDecodable & PostgresArrayElement & LosslessStringConvertible
            & Equatable
    {
        let connection = try TestDatabase.current.connection()
        let values = (0..<500).compactMap { _ in make() }
        #expect(values.count == 500)
        // As the type's own output function writes it: a cast of an inet adds the length of the network.
        let sql: SQL = "SELECT v, format('%s', v) FROM unnest(\(values)) v"
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

/// The same for types whose text Swift writes in another way: the server compares.
@Suite(.freshDatabase) struct RandomComparisonTests {
    enum Mood: String, PostgresEnum, CaseIterable { case sad, happy, odd = "very \"odd\", {NULL}\\" }

    @Test func `integers`() throws {
        try check("int2") {
            Int16.random(in: .min ... .max)
        } text: {
            "\($0)"
        }
        try check("int4") {
            Int32.random(in: .min ... .max)
        } text: {
            "\($0)"
        }
        try check("int8") {
            Int64.random(in: .min ... .max)
        } text: {
            "\($0)"
        }
        try check("int8") {
            Int.random(in: .min ... .max)
        } text: {
            "\($0)"
        }
        try check("bool") {
            Bool.random()
        } text: {
            "\($0)"
        }
    }

    @Test func `floats of every size`() throws {
        try check("float4") {
            Float.random()
        } text: {
            "\($0)"
        }
        try check("float8") {
            Double.random()
        } text: {
            "\($0)"
        }
    }

    @Test func `moments`() throws {
        try check("timestamptz") {
            // Microseconds that a `Date`, a `Double` of seconds, keeps apart.
            Date(
                timeIntervalSince1970: Double(
                    Int64.random(in: -1_000_000_000_000_000...2_000_000_000_000_000)
                ) / 1e6
            )
        } text: { date in
            let microseconds = Int64((date.timeIntervalSince1970 * 1e6).rounded())
            let (seconds, rest) = (microseconds / 1_000_000, microseconds % 1_000_000)
            return PostgresTimestamp(microseconds: (seconds - 946_684_800) * 1_000_000 + rest).description
                + "+00"
        } isSame: {
            abs($0.timeIntervalSince($1)) < 5e-7
        }
    }

    @Test func `bytes and uuids`() throws {
        try check("bytea") {
            (0..<Int.random(in: 0...40)).map { _ in UInt8.random(in: .min ... .max) }
        } text: {
            "\\x" + $0.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
        try check("uuid") {
            UUID()
        } text: {
            $0.uuidString.lowercased()
        }
    }

    @Test(arguments: ["text", "varchar", "varchar(60)", "char(60)", "citext", "name", "label"])
    func `texts`(_ type: String) throws {
        try TestDatabase.current.connection().runScript(
            "CREATE EXTENSION citext; CREATE DOMAIN label AS text"
        )
        try check(type) {
            String.random(bytes: 60)
        } text: {
            $0
        }
    }

    @Test func `single bytes, enums, domains and JSON`() throws {
        try TestDatabase.current.connection().runScript(
            """
            CREATE TYPE mood AS ENUM ('sad', 'happy', 'very "odd", {NULL}\\');
            CREATE DOMAIN small AS int CHECK (VALUE BETWEEN -1000 AND 1000)
            """
        )
        try check("\"char\"") {
            String(UnicodeScalar(UInt8.random(in: 33...126)))
        } text: {
            $0
        }
        try check("mood") {
            Mood.allCases.randomElement() ?? .sad
        } text: {
            $0.rawValue
        }
        try check("small") {
            Int32.random(in: -1000...1000)
        } text: {
            "\($0)"
        }
        try check("jsonb") {
            PostgresJSON.random()
        } text: {
            $0.text
        }
        try check("json") {
            PostgresJSON.random()
        } text: {
            $0.text
        }
    }

    @Test func `composites and ranges as text`() throws {
        try TestDatabase.current.connection().runScript("CREATE TYPE pair AS (a int, b numeric)")
        try check("pair", decodedFrom: [.text]) {
            "(\(Int32.random(in: .min ... .max)),\(Int.random(in: 0...99)).50)"
        } text: {
            $0
        }
        try TestDatabase.current.connection().runScript("CREATE TYPE span AS RANGE (subtype = int8)")
        try check("span", decodedFrom: [.text]) {
            let low = Int.random(in: -1000...1000)
            return "[\(low),\(low + Int.random(in: 1...1000)))"
        } text: {
            $0
        }
    }

    /// Values that we write in their own format are what the server reads from the text, and what it sends is the
    /// value again; alone, and in an array with a NULL.
    private func check<Value>(
        _ type: String,
        decodedFrom formats: [Format] = [.text, .binary],
        _ make: () throws -> Value,
        text: (Value) -> String,
        isSame: (Value, Value) -> Bool = { $0 == $1 }
    ) throws where Value: PostgresEncodable & PostgresDecodable & PostgresArrayElement & Equatable {
        let connection = try TestDatabase.current.connection()
        try connection.runScript("SET TimeZone = 'UTC'")
        for _ in 0..<150 {
            let value = try make()
            let (list, written) = ([value, nil] as [Value?], text(value))
            let sql: SQL = """
                SELECT \(value)::\(unsafe: type), \(list)::\(unsafe: type)[],
                       (\(value)::\(unsafe: type))::text = (\(written)::\(unsafe: type))::text
                """
            for format in formats {
                let row = try #require(try connection.rows(sql, format: format).first)
                // Blanks at the end mean nothing in a char(n).
                if !type.hasPrefix("char(") && type != "jsonb" {
                    #expect(try isSame(row.value(Value.self, at: 0), value), "\(written)")
                    let found = try row.value([Value?].self, at: 1)
                    #expect(
                        try isSame(#require(found.first ?? nil), value) && found.last == nil as Value?,
                        "\(written)"
                    )
                }
                #expect(try row.value(Bool.self, at: 2), "\(written)")
            }
        }
    }
}

extension PostgresInet {
    fileprivate static func random() -> PostgresInet? {
        let count = Bool.random() ? 4 : 16
        // Runs of zeros are written in a way of their own.
        let bytes = (0..<count).map { _ in Bool.random() ? 0 : UInt8.random(in: .min ... .max) }
        return PostgresInet(address: bytes, prefix: UInt8.random(in: 0...UInt8(count * 8)))
    }

    fileprivate var masked: PostgresInet {
        let bytes = address.enumerated().map { position, byte -> UInt8 in
            let bits = min(max(Int(prefix) - position * 8, 0), 8)
            return byte & UInt8(truncatingIfNeeded: 0xFF << (8 - bits))
        }
        return PostgresInet(address: bytes, prefix: prefix) ?? self
    }
}

extension Float {
    /// Any bits but those of infinities and NaN.
    fileprivate static func random() -> Float {
        let value = Float(bitPattern: .random(in: .min ... .max))
        return value.isFinite ? value : .leastNonzeroMagnitude
    }
}

extension Double {
    /// Any bits but those of infinities and NaN.
    fileprivate static func random() -> Double {
        let value = Double(bitPattern: .random(in: .min ... .max))
        return value.isFinite ? value : .greatestFiniteMagnitude
    }
}

extension String {
    /// Characters of one to four bytes, those among them that mean something to some format.
    fileprivate static func random(bytes limit: Int) -> String {
        let pieces = [
            "a", "B", " ", "\"", "\\", "'", "{", "}", ",", "NULL", "\n", "\t", "é", "e\u{301}", "日", "🏗️", "|",
        ]
        var text = ""
        for _ in 0..<Int.random(in: 0...14) {
            let piece = pieces.randomElement() ?? ""
            if (text + piece).utf8.count < limit { text += piece }
        }
        return text
    }
}

extension PostgresJSON {
    fileprivate static func random() -> PostgresJSON {
        let number = Int.random(in: -1_000_000...1_000_000)
        let text = String.random(bytes: 40)
        let encoded = (try? PostgresJSON(encoding: [text: [text]]))?.text ?? "null"
        return PostgresJSON(text: ["\(number)", "true", "null", encoded].randomElement() ?? "null")
    }
}
