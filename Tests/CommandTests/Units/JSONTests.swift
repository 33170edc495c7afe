import Foundation
import Testing

@testable import CaissonCLI

@Suite struct JSONTests {
    @Test func `members keep their order and numbers their digits`() {
        let json = JSON.object([
            "event": "x", "b": 1, "a": nil as String?, "c": [true, false], "d": 0.123456,
        ])
        #expect(json.description == #"{"event":"x","b":1,"a":null,"c":[true,false],"d":0.123}"#)
    }

    @Test(arguments: [
        "", "\"\\/", "a\nb\tc\r\u{0}\u{1F}\u{7F}", "\u{2028}\u{2029}", "\u{9B}\u{202E}\u{FEFF}\u{E0041}",
        "ééé 😀 漢字", "e\u{301}",
    ])
    func `text survives another reader and stays on one line`(_ text: String) throws {
        let line = text.json.description
        #expect(!line.unicodeScalars.contains { $0.value < 32 || [0x9B, 0x2028, 0x202E].contains($0.value) })
        let read = try JSONDecoder().decode([String].self, from: Data("[\(line)]".utf8))
        #expect(Array(read[0].unicodeScalars) == Array(text.unicodeScalars))
        #expect(JSONParser.value(of: line) == .string(text))
    }

    @Test(arguments: [
        ("null", JSON.null), (" true ", .bool(true)), ("-1.50e3", .number("-1.50e3")),
        ("12345678901234567890", .number("12345678901234567890")),
        (#""a\u00e9\ud83d\ude00\/""#, .string("aé😀/")),
        ("[]", .array([])), ("{ }", .object([JSON.Member]())),
        ("[1, [2]]", .array([.number("1"), .array([.number("2")])])),
        (#"{"b": 1, "a": {"c": null}}"#, .object(["b": 1, "a": JSON.object(["c": JSON.null])])),
    ])
    func `is read as the server writes it`(_ text: String, _ value: JSON) {
        #expect(JSONParser.value(of: text) == value)
    }

    @Test(arguments: [
        "", "nul", "[1", "{\"a\" 1}", "{\"a\":}", "\"open", "1 2", "\"\\ud800\"", "\"\\u12\"", "-",
    ])
    func `what is no JSON is not read`(_ text: String) {
        #expect(JSONParser.value(of: text) == nil)
    }
}
