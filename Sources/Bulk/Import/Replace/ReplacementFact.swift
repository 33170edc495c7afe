import Postgres

/// One thing that the catalog says about a table, see ``ReplacementStatements/facts``.
struct ReplacementFact: Hashable, Sendable {
    /// What it is about, for instance `column` or `trigger`.
    let kind: String
    /// The name of that; empty where it is the table.
    let name: String
    /// All that is known about it.
    let definition: String

    /// Whether the table beside was made by it. The others are read when the tables are swapped, so it does no harm when
    /// they change meanwhile.
    var isBuilt: Bool {
        ["table", "column", "index", "constraint", "trigger", "statistics object"].contains(kind)
    }

    /// For instance `index city_name_idx`.
    var label: String { name.isEmpty ? kind : "\(kind) \(name)" }

    /// What two descriptions do not have in common, each thing once, in the order of the first.
    static func differences(_ first: [ReplacementFact], _ second: [ReplacementFact]) -> [String] {
        let known = (Set(first), Set(second))
        var seen: Set<String> = []
        let odd = first.filter { !known.1.contains($0) } + second.filter { !known.0.contains($0) }
        return odd.map(\.label).filter { seen.insert($0).inserted }
    }
}

extension ReplacementFact {
    init(_ row: Row) throws(DecodingFailure) {
        (kind, name, definition) = try row.decode(String.self, String.self, String.self)
    }
}
