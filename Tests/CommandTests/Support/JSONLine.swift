import Foundation
import TestSupport

/// A JSON value as Foundation reads it, to check what the tool writes by somebody else's rules.
enum JSONLine: Decodable, Equatable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSONLine])
    case object([String: JSONLine])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONLine].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONLine].self))
        }
    }

    subscript(name: String) -> JSONLine? {
        if case .object(let members) = self { members[name] } else { nil }
    }

    var text: String? {
        if case .string(let text) = self { text } else { nil }
    }

    var number: Double? {
        if case .number(let number) = self { number } else { nil }
    }

    /// The names of an object's members in order of the alphabet.
    var names: [String] {
        if case .object(let members) = self { members.keys.sorted() } else { [] }
    }
}

extension ToolResult {
    /// Every line of the output as JSON; throws when one is something else.
    func jsonLines() throws -> [JSONLine] {
        try output.split(separator: "\n").map { try JSONDecoder().decode(JSONLine.self, from: Data($0.utf8)) }
    }
}
