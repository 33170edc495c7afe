import Foundation
import Postgres
import TestSupport
import Testing

@Suite(.freshDatabase) struct RoundTripTests {
    /// Sends each text to the server as the type, and expects it back as the value and as the text.
    private func roundTrip<Value>(_ type: String, _ texts: [String], _ value: (String) throws -> Value) throws
    where Value: PostgresEncodable & PostgresDecodable & PostgresArrayElement & Equatable {
        let connection = try TestDatabase.current.connection()
        for text in texts {
            let wanted = try value(text)
            let sent = try connection.queryOne("SELECT (\(wanted)::\(unsafe: type))::text", as: String.self)
            #expect(sent == text, "sent")
            for format in [Format.text, .binary] {
                let row = try #require(
                    try connection.rows(
                        "SELECT \(text)::\(unsafe: type), NULL::\(unsafe: type)",
                        format: format
                    ).first
                )
                #expect(try row.value(Value.self, at: 0) == wanted, "\(text) in \(format)")
                #expect(try row.value(Value?.self, at: 1) == nil)
            }
        }
        try arrays(texts.map(value), type, on: connection)
    }

    private func arrays<Value>(_ values: [Value], _ type: String, on connection: Connection) throws
    where Value: PostgresEncodable & PostgresDecodable & PostgresArrayElement & Equatable {
        let optional = values.map(Optional.some) + [nil]
        for format in [Format.text, .binary] {
            let sql: SQL =
                "SELECT \(values)::\(unsafe: type)[], \(optional)::\(unsafe: type)[], '{}'::\(unsafe: type)[]"
            let row = try #require(try connection.rows(sql, format: format).first)
            #expect(try row.value([Value].self, at: 0) == values)
            #expect(try row.value([Value?].self, at: 1) == optional)
            #expect(try row.value([Value].self, at: 2).isEmpty)
            #expect(throws: DecodingFailure.self) { try row.value([Value].self, at: 1) }
        }
    }

    @Test func `integers, floats and booleans`() throws {
        try roundTrip("int2", ["-32768", "0", "32767"]) { try #require(Int16($0)) }
        try roundTrip("int4", ["-2147483648", "7"]) { try #require(Int32($0)) }
        try roundTrip("int8", ["-9223372036854775808", "9223372036854775807"]) { try #require(Int64($0)) }
        try roundTrip("int8", ["42"]) { try #require(Int($0)) }
        try roundTrip("float4", ["1.5", "-Infinity", "1e-40"]) { try #require(Float($0)) }
        try roundTrip("float8", ["0.1", "1e+300", "Infinity"]) { try #require(Double($0)) }
        try roundTrip("bool", ["true", "false"]) { $0 == "true" }
    }

    @Test func `texts, bytes and uuids`() throws {
        try roundTrip("text", ["", "a \"b\" \\ {c,d} NULL", "NULL", "ä€日\n\t", " "]) { $0 }
        try roundTrip("varchar", ["x,y"]) { $0 }
        try roundTrip("bytea", ["\\x", "\\x00ff5c22"]) { text in
            let digits = Array(text.dropFirst(2))
            return stride(from: 0, to: digits.count, by: 2).compactMap {
                UInt8(String(digits[$0..<$0 + 2]), radix: 16)
            }
        }
        try roundTrip("uuid", ["00112233-4455-6677-8899-aabbccddeeff"]) { try #require(UUID(uuidString: $0)) }
    }

    @Test func `numbers of any length`() throws {
        let long = String(repeating: "9", count: 200) + "." + String(repeating: "1", count: 101)
        let texts = [
            "0", "1", "-1", "10000", "100000000", "0.1", "-0.0001", "0.00001", "12345.6789", "1.10", "0.000",
            "-0.5", "1000000000000.00000001",
            "NaN", "Infinity", "-Infinity", long, "-" + long,
        ]
        try roundTrip("numeric", texts) { try #require(PostgresNumeric($0)) }
    }

    @Test func `days and times`() throws {
        try roundTrip(
            "date",
            [
                "2026-11-21", "2000-02-29", "1999-12-31", "0001-01-01", "0001-12-31 BC", "0005-02-29 BC",
                "4713-11-24 BC", "5874897-12-31", "infinity", "-infinity",
            ]
        ) { try #require(PostgresDate($0)) }
        try roundTrip("time", ["00:00:00", "09:05:07.25", "23:59:59.999999", "24:00:00"]) {
            try #require(PostgresTime($0))
        }
        try roundTrip(
            "timestamp",
            [
                "2026-11-21 09:05:07.000001", "1999-12-31 23:59:59.5", "0044-03-15 12:00:00 BC",
                "294276-12-31 23:59:59.999999", "infinity", "-infinity",
            ]
        ) { try #require(PostgresTimestamp($0)) }
        try roundTrip(
            "interval",
            [
                "00:00:00", "1 year", "2 years 3 mons", "-1 days +02:03:04", "1 mon -1 days -00:00:00.5",
                "14 days", "2562047788:00:54.775807", "-3 mons",
            ]
        ) { try #require(PostgresInterval($0)) }
    }

    @Test(arguments: ["UTC", "America/St_Johns", "Europe/Amsterdam"])
    func `moments are read whatever the session's zone`(_ zone: String) throws {
        let connection = try TestDatabase.current.connection()
        try connection.runScript("SET TimeZone = '\(zone)'")
        for text in ["2026-11-21 09:05:07.5+00", "1900-01-01 00:00:00+00", "infinity", "-infinity"] {
            let sql: SQL = "SELECT \(text)::timestamptz, ARRAY[\(text)::timestamptz]"
            let text = try #require(try connection.rows(sql).first).decode(Date.self, [Date].self)
            let binary = try #require(try connection.rows(sql, format: .binary).first).decode(
                Date.self,
                [Date].self
            )
            #expect(text == binary && text.0 == text.1.first)
            #expect(try connection.queryOne("SELECT \(text.0) = \(text.1[0])", as: Bool.self))
        }
        #expect(
            try connection.queryOne("SELECT '1970-01-01 00:00:01Z'::timestamptz", as: Date.self)
                .timeIntervalSince1970 == 1
        )
    }

    @Test func `JSON`() throws {
        try roundTrip("json", ["{\"a\" :  [1, \"ä\\\"\"]}", "null"]) { PostgresJSON(text: $0) }
        try roundTrip("jsonb", ["{\"a\": [1, 2]}", "[]"]) { PostgresJSON(text: $0) }
        let json = try PostgresJSON(encoding: ["a": [1, 2]])
        let found = try TestDatabase.current.connection().queryOne(
            "SELECT \(json)::jsonb",
            as: PostgresJSON.self
        )
        #expect(try found.decoded(as: [String: [Int]].self) == ["a": [1, 2]])
    }

    enum Mood: String, PostgresEnum { case sad, happy = "very, \"happy\"" }

    @Test func `enums and domains`() throws {
        let connection = try TestDatabase.current.connection()
        try connection.runScript(
            """
            CREATE TYPE mood AS ENUM ('sad', 'very, "happy"', 'odd');
            CREATE DOMAIN small AS int CHECK (VALUE < 10);
            CREATE DOMAIN label AS text
            """
        )
        try roundTrip("mood", ["sad", "very, \"happy\""]) { try #require(Mood(rawValue: $0)) }
        for format in [Format.text, .binary] {
            let row = try #require(
                try connection.rows("SELECT 7::small, 'odd'::mood, \("b c")::label", format: format).first
            )
            #expect(try row.value(Int32.self, at: 0) == 7)
            let error = #expect(throws: DecodingFailure.self) { try row.value(Mood.self, at: 1) }
            #expect(try row.value(String.self, at: 2) == "b c")
            #expect(error?.found == "the label \"odd\"")
        }
        #expect(
            try connection.queryOne(
                "SELECT 'sad'::mood, ARRAY['odd']::mood[]",
                as: String.self,
                [String].self
            ) == ("sad", ["odd"])
        )
    }

    @Test(arguments: [
        ("inet", "10.0.0.1/8"), ("cidr", "10.0.0.0/8"), ("int4range", "[1,5)"), ("tstzrange", "empty"),
        ("int4multirange", "{[1,3),[7,9)}"), ("point", "(1,2)"), ("pair", "(1,\"a b\")"),
        ("macaddr", "08:00:2b:01:02:03"),
    ])
    func `other types go as text`(_ type: String, _ text: String) throws {
        let connection = try TestDatabase.current.connection()
        try connection.runScript("CREATE TYPE pair AS (a int, b text)")
        #expect(try connection.queryOne("SELECT \(text)::\(unsafe: type)", as: String.self) == text)
        let row = try #require(try connection.rows("SELECT \(text)::\(unsafe: type)", format: .binary).first)
        #expect(throws: DecodingFailure.self) { try row.value(String.self, at: 0) }
    }

    @Test func `what is no simple array is refused`() throws {
        let connection = try TestDatabase.current.connection()
        for format in [Format.text, .binary] {
            let row = try #require(
                try connection.rows(
                    "SELECT '{{1,2},{3,4}}'::int8[], '{1}'::text, '[5:6]={1,2}'::int8[]",
                    format: format
                ).first
            )
            let error = #expect(throws: DecodingFailure.self) { try row.value([Int].self, at: 0) }
            #expect(error?.found == "an array of several dimensions")
            #expect(throws: DecodingFailure.self) { try row.value([Int].self, at: 1) }
            #expect(try row.value([Int].self, at: 2) == [1, 2])
            #expect(throws: DecodingFailure.self) { try row.value([Int32].self, at: 2) }
        }
    }

    @Test func `an array is a parameter`() throws {
        let connection = try TestDatabase.current.connection()
        #expect(
            try connection.query(
                "SELECT n FROM generate_series(1, 9) n WHERE n = ANY(\([3, 5]))",
                as: Int.self
            ) == [3, 5]
        )
        let bytes: ([UInt8], [[UInt8]]) = ([1, 255], [[1], []])
        let found = try connection.queryOne(
            "SELECT \(bytes.0), \(bytes.1)",
            as: [UInt8].self,
            [[UInt8]].self
        )
        #expect(found == bytes)
    }
}
