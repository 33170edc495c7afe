/// A network: `cidr`. Unlike ``PostgresInet`` it has no bits behind its prefix.
///
/// ```swift
/// let networks = try connection.query("SELECT range FROM blocked", as: PostgresCIDR.self)
/// ```
public struct PostgresCIDR: Hashable, Sendable {
    /// The first address, with the length of the network.
    public let network: PostgresInet

    /// Takes an address as a network; `nil` when it names a host, which the server refuses.
    public init?(_ network: PostgresInet) {
        guard network.isNetwork else { return nil }
        self.network = network
    }
}

extension PostgresCIDR: LosslessStringConvertible {
    /// `10.0.0.0/8`, as the server writes it: always with the length.
    public var description: String { "\(network.host)/\(network.prefix)" }

    /// Reads what ``description`` writes.
    public init?(_ text: String) {
        guard let network = PostgresInet(text) else { return nil }
        self.init(network)
    }
}

extension PostgresCIDR: PostgresEncodable, PostgresDecodable, PostgresArrayElement {
    public static var postgresType: PostgresType { .cidr }
    public func encode(into buffer: inout WireBuffer) { network.encode(isNetwork: 1, into: &buffer) }

    public static func decode(_ cell: Cell) throws(DecodingFailure) -> PostgresCIDR {
        guard cell.type == .cidr,
            let network = PostgresInet(try cell.nonNull(PostgresCIDR.self), cell.format),
            let cidr = PostgresCIDR(network)
        else { throw cell.mismatch(PostgresCIDR.self) }
        return cidr
    }
}
