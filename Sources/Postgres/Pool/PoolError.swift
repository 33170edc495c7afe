/// Why a pool lends no session.
public enum PoolError: Error, Sendable, Hashable {
    /// All sessions were in use for the whole time.
    case exhausted(limit: Int, waited: Duration)
}

extension PoolError: CustomStringConvertible {
    /// What happened and what to do, for people.
    public var description: String {
        switch self {
        case .exhausted(let limit, let waited):
            let time = waited.formattedSeconds
            return """
                All \(limit) sessions of the pool were in use for \(time) s.
                Keep sessions for a shorter time, or raise the pool's limit (the server's own is max_connections).
                """
        }
    }
}

extension Duration {
    /// The seconds with one digit behind the point.
    fileprivate var formattedSeconds: String {
        let tenths = components.seconds * 10 + components.attoseconds / 100_000_000_000_000_000
        return "\(tenths / 10).\(tenths % 10)"
    }
}
