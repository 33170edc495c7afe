/// The names of settings that a text may speak of and that the server does not list: those with a dot, `app.tenant`.
///
/// Whatever looks like one counts, also in quotes and in the body of a function. A table is none; to ask for it costs nothing.
enum CustomSettings {
    /// The most that are asked for with each statement.
    static let limit = 2000

    static func names(in text: String) -> [String] {
        var names: Set<String> = []
        for piece in text.utf8.split(whereSeparator: { !$0.isPartOfName }) {
            let name = String(decoding: piece.filter { $0 != UInt8(ascii: "\"") }, as: UTF8.self).lowercased()
            let parts = name.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count > 1, parts.allSatisfy({ $0.first.map { $0 == "_" || $0.isLetter } ?? false })
            else {
                continue
            }
            names.insert(name)
        }
        return names.sorted()
    }
}

extension UInt8 {
    /// Letters, those beyond ASCII too, digits, `_`, `$`, and what joins and quotes them.
    fileprivate var isPartOfName: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...: true
        default:
            self == UInt8(ascii: "_") || self == UInt8(ascii: "$") || self == UInt8(ascii: ".")
                || self == UInt8(ascii: "\"")
        }
    }
}
