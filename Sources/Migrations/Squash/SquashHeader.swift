/// The lines at the top of a squashed file that say which migrations it stands for.
enum SquashHeader {
    static let mark = "-- caisson:replaces "

    static func lines(_ migrations: [MigrationFingerprint]) -> String {
        migrations.map { mark + $0.line + "\n" }.joined()
    }

    /// What a squashed file stands for that a newer program has recorded, from the ledger's text of it.
    static func read(applied text: String) -> [MigrationFingerprint] {
        var rest = text.utf8[...]
        var found: [MigrationFingerprint] = []
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            rest = rest[rest.index(after: end)...]
            guard rest.starts(with: mark.utf8) else { break }
            var line = Substring(rest.dropFirst(mark.utf8.count).prefix { $0 != UInt8(ascii: "\n") })
            if line.hasSuffix("\r") { line.removeLast() }
            guard let entry = MigrationFingerprint(line: line) else { return [] }
            found.append(entry)
        }
        return found
    }

    /// Reads the lines directly behind the marker; none in a file that is no squashed one.
    static func read(_ up: MigrationSection) -> [MigrationFingerprint] {
        guard up.layout == .native || up.layout == .dbmate else { return [] }
        var lines = up.source.bytes[up.range].split(separator: UInt8(ascii: "\n"), maxSplits: 1)
        var found: [MigrationFingerprint] = []
        while lines.count > 1, lines[1].starts(with: mark.utf8) {
            lines = lines[1].split(separator: UInt8(ascii: "\n"), maxSplits: 1)
            var line = String(decoding: lines[0], as: UTF8.self)
            if line.hasSuffix("\r") { line.removeLast() }
            guard let entry = MigrationFingerprint(line: line.dropFirst(mark.count)) else { return [] }
            found.append(entry)
        }
        return found
    }
}
