import Testing

@testable import Bulk

/// The type of a column by its values alone.
@Suite struct ColumnGuessTests {
    private static func guess(
        _ texts: [String],
        _ kind: GuessedType.Kind = .field,
        _ mark: CSVFormat.DecimalMark = .point
    ) -> ColumnGuess {
        var guess = ColumnGuess(decimalMark: mark)
        for (index, text) in texts.enumerated() {
            Array(text.utf8).withUnsafeBytes { guess.take($0, as: kind, line: index + 2) }
        }
        return guess
    }

    @Test(arguments: [
        ("0", GuessedType.bigint), ("-5", .bigint), ("9223372036854775807", .bigint),
        ("-9223372036854775808", .bigint), ("9223372036854775808", .numeric),
        ("-9223372036854775809", .numeric), ("007", .text), ("00", .text), ("+5", .text), ("-0", .text),
        ("-", .text), (" 5", .text), ("5 ", .text), ("", .text), ("1,5", .text), ("1_000", .text),
        ("0x1F", .text), ("５", .text),
        ("1.50", .numeric), ("-0.5", .numeric), ("0.0", .numeric), (".5", .numeric), ("5.", .text),
        (".", .text), ("-0.0", .text), ("-.0e3", .text), ("00.5", .text), ("1.2.3", .text),
        ("1e5", .numeric), ("1E-5", .numeric), ("1.5e+3", .numeric), ("1e", .text), ("e5", .text),
        ("1e5x", .text), ("1e131071", .numeric), ("1e131072", .text), ("1e-16383", .numeric),
        ("1e-16384", .text), ("1e99999999999999999999", .text), ("NaN", .text), ("Infinity", .text),
        ("-inf", .text), (String(repeating: "9", count: 131_072), .numeric),
        (String(repeating: "9", count: 131_073), .text),
    ])
    func `a number is one where all of it comes back`(_ text: String, _ type: GuessedType) {
        #expect(Self.guess([text]).type == type)
    }

    @Test(arguments: [
        ("2024-02-29", GuessedType.date), ("2023-02-29", .text), ("1900-02-29", .text),
        ("2000-02-29", .date), ("0001-01-01", .date), ("0000-01-01", .text), ("2024-04-31", .text),
        ("2024-13-01", .text), ("2024-1-01", .text), ("24-01-01", .text), ("12024-01-01", .text),
        ("2024/01/01", .text), ("2024-01-01 ", .text), ("2024-01-01x", .text),
        ("2024-01-01 10:30", .timestamp), ("2024-01-01T23:59:59", .timestamp),
        ("2024-01-01 10:30:00.5", .timestamp), ("2024-01-01 10:30:00.123456", .timestamp),
        ("2024-01-01 10:30:00.1234567", .text), ("2024-01-01 10:30:00.", .text),
        ("2024-01-01 24:00:00", .text), ("2024-01-01 10:30:60", .text), ("2024-01-01 10:60", .text),
        ("2024-01-01  10:30", .text), ("2024-01-01 10", .text), ("2024-01-01t10:30", .text),
        ("2024-01-01T10:30:00Z", .timestamptz), ("2024-01-01 10:30:00.25+01:00", .timestamptz),
        ("2024-01-01 10:30-11", .timestamptz), ("2024-01-01 10:30+16:00", .text),
        ("2024-01-01 10:30+01:60", .text), ("2024-01-01 10:30 +01:00", .text),
        ("2024-01-01 10:30 CET", .text), ("2024-01-01Z", .text), ("10:30:00", .text), ("today", .text),
    ])
    func `a day and a time are told by one notation`(_ text: String, _ type: GuessedType) {
        #expect(Self.guess([text]).type == type)
        #expect(Self.guess([text], .string).type == type)
    }

    @Test(arguments: [
        ("true", GuessedType.boolean), ("F", .boolean), ("True", .boolean), ("tru", .text), ("yes", .text),
        ("no", .text), ("on", .text), ("1", .bigint), ("0", .bigint),
        ("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", .uuid), ("A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", .uuid),
        ("a0eebc999c0b4ef8bb6d6bb9bd380a11", .text), ("g0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", .text),
        ("{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}", .text),
        ("{\"a\":[1,null]}", .json), ("[]", .json), ("[1] ", .json), ("{}", .json), ("[1", .text),
        ("[1],\"w\":[2]", .text), ("{a:1}", .text), ("[1]}", .text), ("[\"\\n\"]", .json),
        ("[\"\\u00e9\"]", .json), ("[\"\\x\"]", .text), ("[\"\\u0000\"]", .text), ("[\"\\ud83d\"]", .text),
        ("[\"\\u00\"]", .text), ("\"a\"", .text), ("{1,2}", .text), ("null", .text),
    ])
    func `other values are told by their notation`(_ text: String, _ type: GuessedType) {
        #expect(Self.guess([text]).type == type, "\(text)")
    }

    @Test(arguments: [
        (["1", "2.5", "3"], GuessedType.numeric, nil), (["1", "9223372036854775808"], .numeric, nil),
        (["1", "x"], .text, 3), (["2024-01-01", "2024-01-02 10:00"], .text, 3),
        (["2024-01-01 10:00", "2024-01-01 10:00Z"], .text, 3), (["t", "f", "0", "x"], .text, 4),
        (["1", "t"], .text, 3), (["x", "1"], .text, nil), ([], .text, nil), (["[1]", "5"], .text, 3),
        (["1", "2", ""], .text, 4),
    ])
    func `values of several types are text, and the line that said so is known`(
        _ texts: [String],
        _ type: GuessedType,
        _ line: Int?
    ) {
        let guess = Self.guess(texts)
        #expect(guess.type == type && guess.turn?.line == line, "\(guess)")
    }

    @Test(arguments: [
        ("1", GuessedType.Kind.string, GuessedType.text), ("true", .string, .text), ("[1]", .string, .text),
        ("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", .string, .uuid), ("1", .number, .bigint),
        ("1E2", .number, .numeric), ("-0", .number, .text), ("true", .bool, .boolean),
        ("{\"a\":1}", .nested, .json), ("[\"\\q\"]", .nested, .text),
    ])
    func `what JSON says of a value counts`(_ text: String, _ kind: GuessedType.Kind, _ type: GuessedType) {
        #expect(Self.guess([text], kind).type == type)
    }

    @Test(arguments: [
        ("1,5", GuessedType.numeric), ("1.234", .bigint), ("1.234,50", .numeric), ("0.123", .text),
        ("1.5", .text), ("12", .bigint), ("-1.234.567,89", .numeric), ("1,2,3", .text), (" 1,5", .numeric),
        ("2024-01-01", .date), ("1.2.2024", .text), ("a", .text),
    ])
    func `a decimal comma is read as the import does`(_ text: String, _ type: GuessedType) {
        #expect(Self.guess([text], .field, .comma).type == type)
    }
}
