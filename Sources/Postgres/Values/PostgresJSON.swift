public import Foundation

/// A JSON text: `json` or `jsonb`. It is sent without a type, so that the server reads it as the column's.
public struct PostgresJSON: Hashable, Sendable {
    /// The text.
    public let text: String

    /// Takes a JSON text; the server checks it.
    public init(text: String) {
        self.text = text
    }

    /// Encodes a value.
    ///
    /// - Throws: what the encoder throws.
    public init(encoding value: some Encodable, using encoder: JSONEncoder = JSONEncoder()) throws {
        text = String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// Decodes a value.
    ///
    /// - Throws: what the decoder throws.
    public func decoded<Value: Decodable>(
        as type: Value.Type = Value.self,
        using decoder: JSONDecoder = JSONDecoder()
    ) throws -> Value {
        try decoder.decode(type, from: Data(text.utf8))
    }
}

extension PostgresJSON: PostgresEncodable, PostgresDecodable, PostgresArrayElement {
    public static var postgresType: PostgresType { .unknown }
    public static var format: Format { .text }
    public func encode(into buffer: inout WireBuffer) { buffer.append(text) }

    public static func decode(_ cell: Cell) throws(DecodingFailure) -> PostgresJSON {
        _ = try cell.nonNull(PostgresJSON.self)
        guard cell.type == .json || cell.type == .jsonb else { throw cell.mismatch(PostgresJSON.self) }
        return PostgresJSON(text: try String.decode(cell))
    }
}
