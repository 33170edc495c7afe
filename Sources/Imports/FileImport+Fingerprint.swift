import Bulk

extension FileImport {
    /// The options that decide what a row of the file becomes, as text that can be compared and read.
    var fingerprint: String {
        let pairs: [(String, String)] = [
            ("format", format.rawValue),
            ("delimiter", format == .ndjson ? "" : String(format == .csv ? csv.delimiter : text.delimiter)),
            ("quote", format == .csv ? "\(csv.quote.map(String.init) ?? "none")" : ""),
            ("header", format == .ndjson ? "" : "\(format == .csv ? csv.header : text.header)"),
            ("columns", columns.map { $0.joined(separator: ",") } ?? ""),
            ("map", Self.sorted(mapping)), ("ignore", ignored.sorted().joined(separator: ",")),
            ("set", Self.sorted(constants)), ("null", "\(null)"), ("on-conflict", "\(onConflict)"),
        ]
        return (pairs + laterPairs).filter { !$0.1.isEmpty }.map { "\($0.0)=\($0.1)" }.joined(separator: "; ")
    }

    /// Empty where nothing was said, so that an import which an older program began is still the same one. How long a record
    /// may be is not among them: to raise the limit is the way to go on.
    private var laterPairs: [(String, String)] {
        [
            ("names", names == .ignoringCase ? "" : "\(names)"), ("encoding", encoding ?? ""),
            ("escape", format == .csv ? csv.escape.map(String.init) ?? "" : ""),
            ("blanks", csv.blanks == .kept ? "" : "\(csv.blanks)"),
            ("lines-before", linesBefore == 0 ? "" : "\(linesBefore)"),
            ("existing-rows", existingRows == .kept ? "" : "\(existingRows)"),
            ("decimal-mark", csv.decimalMark == .point ? "" : "\(csv.decimalMark)"),
        ]
    }

    private var linesBefore: Int { format == .text ? text.linesBefore : csv.linesBefore }

    private static func sorted(_ pairs: [String: String]) -> String {
        pairs.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
    }
}
