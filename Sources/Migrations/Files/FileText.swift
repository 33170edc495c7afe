import Foundation

/// The bytes of a file, kept or left where they are.
///
/// A folder of 177 MB cost 700 MB when all of it was kept, for a `status` that compares checksums.
enum FileText: Sendable {
    case kept([UInt8])
    /// What it is read from, and how long its beginning is that is looked at to see how it is written.
    case disk(path: String)

    init(_ bytes: [UInt8]) {
        self = .kept(bytes)
    }

    /// Reads a file unless it has more bytes than there is room for.
    init(path: String, room: Int) throws(FileTextError) {
        let bytes = try Self.read(path) { $0 <= room ? $0 : 0 }
        self = bytes.map(FileText.kept) ?? .disk(path: path)
    }

    /// How much of a file is looked at to see how it is written.
    private static let beginning = 256 * 1024

    /// - Throws: `FileTextError` in the system's words.
    func read() throws(FileTextError) -> [UInt8] {
        switch self {
        case .kept(let bytes): bytes
        case .disk(let path): try Self.read(path) { $0 } ?? []
        }
    }

    /// The first bytes; none of a file that cannot be read, which is told when all of it is asked for.
    var beginning: [UInt8] {
        switch self {
        case .kept(let bytes): bytes
        case .disk(let path): (try? Self.read(path) { min($0, Self.beginning) }) ?? []
        }
    }

    /// Reads a file in one piece, without a copy in between; nil where nothing of it is wanted.
    /// - Parameter wanted: how many of its bytes.
    private static func read(_ path: String, _ wanted: (Int) -> Int) throws(FileTextError) -> [UInt8]? {
        guard let file = fopen(path, "rb") else { throw FileTextError() }
        defer { fclose(file) }
        guard fseek(file, 0, SEEK_END) == 0 else { throw FileTextError() }
        let all = ftell(file)
        guard all > 0 else { return [] }
        let size = wanted(all)
        guard size > 0 else { return nil }
        rewind(file)
        var isWhole = false
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            count = fread(buffer.baseAddress, 1, size, file)
            isWhole = count == size && ferror(file) == 0
        }
        guard isWhole else { throw FileTextError() }
        return bytes
    }
}

/// Why a file cannot be read, in the system's words.
struct FileTextError: Error, CustomStringConvertible {
    let description: String

    init() {
        description = String(cString: strerror(errno))
    }
}
