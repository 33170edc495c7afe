import Foundation

/// A host address with the length of its network: `inet`, of either version of the protocol.
///
/// ```swift
/// let host = PostgresInet("192.168.0.7/24")
/// try connection.execute("INSERT INTO visit (host) VALUES (\(host))")
/// ```
public struct PostgresInet: Hashable, Sendable {
    /// The bytes of the address: 4 or 16.
    public let address: [UInt8]
    /// How many of the first bits name the network.
    public let prefix: UInt8

    /// Puts an address and a network's length in bits together; `nil` unless there are 4 or 16 bytes, and no more bits
    /// than that.
    public init?(address: [UInt8], prefix: UInt8) {
        guard address.count == 4 || address.count == 16, Int(prefix) <= address.count * 8 else { return nil }
        (self.address, self.prefix) = (address, prefix)
    }

    /// Whether the address names no single host: all bits behind the prefix are 0.
    public var isNetwork: Bool {
        address.enumerated().allSatisfy { position, byte in
            let bits = min(max(Int(prefix) - position * 8, 0), 8)
            return UInt8(truncatingIfNeeded: Int(byte) << bits) == 0
        }
    }
}

extension PostgresInet: LosslessStringConvertible {
    /// `10.0.0.1/8`, `::1`, as the server writes it: without the length where that is the whole address.
    public var description: String {
        Int(prefix) == address.count * 8 ? host : "\(host)/\(prefix)"
    }

    /// Reads what ``description`` writes.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(
            String.init
        )
        guard let address = Self.bytes(of: parts[0]) else { return nil }
        guard let prefix = parts.count > 1 ? UInt8(parts[1]) : UInt8(address.count * 8) else { return nil }
        self.init(address: address, prefix: prefix)
    }

    /// The address alone.
    var host: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        inet_ntop(address.count == 4 ? AF_INET : AF_INET6, address, &text, socklen_t(text.count))
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private static func bytes(of host: String) -> [UInt8]? {
        let isLong = host.contains(":")
        var bytes = [UInt8](repeating: 0, count: isLong ? 16 : 4)
        return inet_pton(isLong ? AF_INET6 : AF_INET, host, &bytes) == 1 ? bytes : nil
    }
}

/// The binary form (`network_send` in the server's source): the version, the length of the network, whether it is a
/// `cidr`, the number of bytes, and the bytes.
extension PostgresInet: PostgresEncodable, PostgresDecodable, PostgresArrayElement {
    public static var postgresType: PostgresType { .inet }
    public func encode(into buffer: inout WireBuffer) { encode(isNetwork: 0, into: &buffer) }

    public static func decode(_ cell: Cell) throws(DecodingFailure) -> PostgresInet {
        guard cell.type == .inet, let inet = PostgresInet(try cell.nonNull(PostgresInet.self), cell.format)
        else { throw cell.mismatch(PostgresInet.self) }
        return inet
    }

    func encode(isNetwork: UInt8, into buffer: inout WireBuffer) {
        buffer.append(UInt8(address.count == 4 ? 2 : 3))
        buffer.append(prefix)
        buffer.append(isNetwork)
        buffer.append(UInt8(address.count))
        buffer.append(contentsOf: address)
    }

    init?(_ bytes: UnsafeRawBufferPointer, _ format: Format) {
        switch format {
        case .text: self.init(String(decoding: bytes, as: UTF8.self))
        case .binary:
            guard bytes.count >= 8, bytes.count == 4 + Int(bytes[3]) else { return nil }
            self.init(address: Array(bytes[4...]), prefix: bytes[1])
        }
    }
}
