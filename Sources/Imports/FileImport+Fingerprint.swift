import Bulk

extension FileImport {
    /// The options that decide what a row of the file becomes, as text that can be compared and read.
    var fingerprint: String {
        let pairs: [(String, String)] = [
            ("format", format.rawValue),
            ("delimiter", format == .csv ? String(csv.delimiter) : ""),
            ("quote", format == .csv ? "\(csv.quote.map(String.init) ?? "none")" : ""),
            ("header", format == .csv ? "\(csv.header)" : ""),
            ("columns", columns.map { $0.joined(separator: ",") } ?? ""),
            ("map", Self.sorted(mapping)), ("ignore", ignored.sorted().joined(separator: ",")),
            ("set", Self.sorted(constants)), ("null", "\(null)"), ("on-conflict", "\(onConflict)"),
        ]
        return pairs.filter { !$0.1.isEmpty }.map { "\($0.0)=\($0.1)" }.joined(separator: "; ")
    }

    private static func sorted(_ pairs: [String: String]) -> String {
        pairs.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
    }
}
