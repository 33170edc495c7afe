public import Backfills
public import Bulk
public import Postgres

/// Gives every alternate name of a city a row of its own in `city_name`, cleaned, with the script it is written in.
public struct SplitAlternateNames: RowBackfill {
    public let name = "split_alternate_names"
    public let source = Source(
        table: "city",
        key: "id",
        columns: "id",
        "alternate_names",
        where: "alternate_names IS NOT NULL"
    )
    public let sink = Sink.upsert(
        into: "city_name",
        columns: ["city_id", "name", "script"],
        conflict: ["city_id", "name"],
        onConflict: .doNothing
    )
    public let verification: String? = """
        SELECT count(*)
        FROM city
        WHERE alternate_names <> '' AND NOT EXISTS (SELECT FROM city_name WHERE city_id = city.id)
        """

    public init() {}

    public func transform(_ row: Row, into output: inout Output) throws {
        let (id, names) = try row.decode(Int64.self, String.self)
        for name in names.split(separator: "|") {
            let words = name.split { $0.isWhitespace }
            guard !words.isEmpty else { continue }
            let clean = words.joined(separator: " ")
            try output.write(id, clean, Script(of: clean).rawValue)
        }
    }
}

/// The writing system of a name, as its first letter tells.
enum Script: String {
    case latin, greek, cyrillic, hebrew, arabic, indic, thai, hangul, kana, han, other

    init(of name: String) {
        guard let letter = name.unicodeScalars.first(where: \.properties.isAlphabetic) else {
            self = .other
            return
        }
        self =
            switch letter.value {
            case 0x0041...0x024F, 0x1E00...0x1EFF: .latin
            case 0x0370...0x03FF, 0x1F00...0x1FFF: .greek
            case 0x0400...0x052F: .cyrillic
            case 0x0590...0x05FF: .hebrew
            case 0x0600...0x06FF, 0x0750...0x077F, 0xFB50...0xFDFF, 0xFE70...0xFEFF: .arabic
            case 0x0900...0x0DFF: .indic
            case 0x0E00...0x0EFF: .thai
            case 0x1100...0x11FF, 0xAC00...0xD7AF: .hangul
            case 0x3040...0x30FF: .kana
            case 0x3400...0x9FFF, 0x20000...0x3FFFF: .han
            default: .other
            }
    }
}
