import Postgres

/// Finds the keys of objects among known names.
struct JSONKeys {
    let names: [String]
    private let bytes: [[UInt8]]
    private let positions: [[UInt8]: Int]
    private let ignored: Set<[UInt8]>

    /// By their small letters, where those count alone and say which.
    private let folded: [String: Int]

    init(_ names: [String], ignored: Set<String>, _ matching: FileImport.NameMatching = .exact) {
        self.names = names
        bytes = names.map { Array($0.utf8) }
        positions = Dictionary(bytes.enumerated().map { ($1, $0) }) { first, _ in first }
        let small = matching == .ignoringCase ? names.map { $0.lowercased() } : []
        let places = Dictionary(grouping: small.indices) { small[$0] }
        folded = places.compactMapValues { $0.count == 1 ? $0[0] : nil }
        self.ignored = Set(ignored.map { Array($0.utf8) })
    }

    /// The position of a member's name; `nil` for one that is ignored.
    ///
    /// - Parameter place: where the member stands in its object, which is most often its name's position.
    func index(
        of member: JSONMember,
        at place: Int,
        in record: borrowing JSONRecord
    ) throws(JSONLinesError) -> Int? {
        var key: [UInt8] = []
        if member.keyHasEscapes {
            try record.unescape(member.key, into: &key)
        } else {
            let written = record.bytes(member.key)
            if place < bytes.count, written.elementsEqual(bytes[place]), ignored.isEmpty { return place }
            key = Array(written)
        }
        if ignored.contains(key) { return nil }
        if let position = positions[key] { return position }
        let name = String(decoding: key, as: UTF8.self)
        if let position = folded[name.lowercased()] { return position }
        throw record.failure(
            .unknownKey(name, nearest: NearestNames.of(name, in: names)),
            at: member.key.start
        )
    }
}
