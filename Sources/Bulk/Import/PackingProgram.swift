/// A program that files are packed by, and that unpacks them on the way.
enum PackingProgram: String, CaseIterable {
    case gzip, zstd, bzip2, xz

    /// What the names of its files end with.
    var suffix: String {
        switch self {
        case .gzip: ".gz"
        case .zstd: ".zst"
        case .bzip2: ".bz2"
        case .xz: ".xz"
        }
    }

    /// The command that unpacks standard input.
    var command: [String] {
        // By itself zstd refuses what was packed with a window of more than 128 MiB.
        self == .zstd ? [rawValue, "-dc", "--long=31"] : [rawValue, "-dc"]
    }

    /// The program whose mark a file begins with, whatever its name is.
    init?(startOf bytes: some Collection<UInt8>) {
        let marks: [(PackingProgram, [UInt8])] = [
            // The second one is that of `compress`, which gzip unpacks as well.
            (.gzip, [0x1F, 0x8B]), (.gzip, [0x1F, 0x9D]),
            (.zstd, [0x28, 0xB5, 0x2F, 0xFD]), (.bzip2, [0x42, 0x5A, 0x68]),
            (.xz, [0xFD, 0x37, 0x7A, 0x58, 0x5A]),
        ]
        guard let found = marks.first(where: { bytes.starts(with: $0.1) }) else { return nil }
        // BZh is the beginning of a text as well: behind it comes the size of blocks.
        if found.0 == .bzip2, !Self.isBlockSize(bytes.dropFirst(3).first) { return nil }
        self = found.0
    }

    private static func isBlockSize(_ byte: UInt8?) -> Bool {
        byte.map { (UInt8(ascii: "1")...UInt8(ascii: "9")).contains($0) } ?? false
    }
}
