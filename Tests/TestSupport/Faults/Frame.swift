/// One message of the PostgreSQL protocol, as it goes over the wire.
struct Frame {
    /// The type byte, and the length that counts itself but not the type, and the payload.
    let bytes: [UInt8]

    var type: UInt8 { bytes[0] }

    /// The zero-terminated texts at the beginning of the payload.
    func texts(_ count: Int) -> [String] {
        bytes.dropFirst(5).split(separator: 0, maxSplits: count, omittingEmptySubsequences: false)
            .prefix(count).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The code of an error; nil for all other messages of a server.
    var sqlState: String? {
        guard type == UInt8(ascii: "E") else { return nil }
        // Fields of a letter and a text each; a text ends with a zero.
        let fields = bytes.dropFirst(5).split(separator: 0)
        return fields.first { $0.first == UInt8(ascii: "C") }.map {
            String(decoding: $0.dropFirst(), as: UTF8.self)
        }
    }

    /// The server's process of this connection, which the server tells once at its beginning.
    var backend: Int32? {
        guard type == UInt8(ascii: "K"), bytes.count >= 9 else { return nil }
        return bytes[5..<9].reduce(0) { $0 << 8 | Int32($1) }
    }
}

/// Cuts a stream of bytes into messages.
struct FrameReader {
    private var pending: [UInt8] = []

    mutating func append(_ bytes: [UInt8]) { pending += bytes }

    /// The next complete message, once all of it has come.
    mutating func next() -> Frame? {
        guard pending.count >= 5 else { return nil }
        let size = 1 + length(at: 1)
        guard pending.count >= size else { return nil }
        return Frame(bytes: take(size))
    }

    /// The first packet of a connection, which has no type byte: its bytes and its request code.
    mutating func nextStartup() -> (bytes: [UInt8], code: Int)? {
        guard pending.count >= 8, pending.count >= length(at: 0) else { return nil }
        let code = length(at: 4)
        return (take(length(at: 0)), code)
    }

    /// What has come and is not a complete message.
    mutating func rest() -> [UInt8] { take(pending.count) }

    private func length(at index: Int) -> Int {
        pending[index..<index + 4].reduce(0) { $0 << 8 | Int($1) }
    }

    private mutating func take(_ count: Int) -> [UInt8] {
        defer { pending.removeFirst(count) }
        return Array(pending.prefix(count))
    }
}
