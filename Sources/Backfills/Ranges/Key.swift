import Postgres

/// One key: the server's text of each column.
package struct Key: Sendable, Hashable {
    /// The texts, one a column.
    package let parts: [String]

    /// Takes the texts.
    package init(_ parts: [String]) {
        self.parts = parts
    }

    /// Takes what the server returned as `text[]`; `nil` when a part is NULL.
    init?(_ array: TextArray?) {
        guard let array, array.elements.allSatisfy({ $0 != nil }) else { return nil }
        parts = array.elements.compactMap { $0 }
    }

    /// The same bytes. Swift's own `==` takes two spellings of é for one, which are two keys to the server.
    package static func == (one: Key, other: Key) -> Bool {
        one.parts.elementsEqual(other.parts) { $0.utf8.elementsEqual($1.utf8) }
    }

    package func hash(into hasher: inout Hasher) {
        for part in parts { hasher.combine(Array(part.utf8)) }
    }

    /// The key as a `text[]` parameter.
    var parameter: PostgresArray<String> { PostgresArray(parts) }
}

extension Key: CustomStringConvertible {
    /// `42` or `(AD, 42)`.
    package var description: String {
        parts.count == 1 ? parts[0] : "(" + parts.joined(separator: ", ") + ")"
    }
}

/// A stretch of keys, up to and with `through`.
package struct KeyInterval: Sendable, Hashable {
    /// Where a stretch begins.
    package enum Lower: Sendable, Hashable {
        /// At the table's first key.
        case beginning
        /// Behind a key.
        case after(Key)
        /// With a key.
        case from(Key)
    }

    /// Where it begins.
    package let lower: Lower
    /// The last key of the stretch.
    package let through: Key

    /// Everything behind `after`, or from the table's first key on.
    package init(after: Key?, through: Key) {
        lower = after.map { .after($0) } ?? .beginning
        self.through = through
    }

    /// The first part of the stretch, up to and with a key.
    package func cut(through key: Key) -> KeyInterval {
        KeyInterval(lower: lower, through: key)
    }

    private init(lower: Lower, through: Key) {
        (self.lower, self.through) = (lower, through)
    }

    /// One key alone.
    package init(exactly key: Key) {
        (lower, through) = (.from(key), key)
    }
}
