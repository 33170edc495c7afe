public import Foundation

extension UUID: PostgresEncodable {
    @inlinable public static var postgresType: PostgresType { .uuid }
    @inlinable public func encode(into buffer: inout WireBuffer) {
        withUnsafeBytes(of: uuid) { buffer.append(contentsOf: $0) }
    }
}

extension UUID: PostgresDecodable {
    public static func decode(_ cell: Cell) throws(DecodingFailure) -> UUID {
        let bytes = try cell.nonNull(UUID.self)
        if cell.format == .binary, cell.type == .uuid, bytes.count == 16 {
            return UUID(uuid: bytes.loadUnaligned(as: uuid_t.self))
        }
        guard cell.format == .text, let value = UUID(uuidString: String(decoding: bytes, as: UTF8.self))
        else {
            throw cell.mismatch(UUID.self)
        }
        return value
    }
}

extension UUID: PostgresArrayElement {}
