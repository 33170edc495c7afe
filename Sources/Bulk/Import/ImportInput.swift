import Digests
import Foundation

/// An open source of bytes, unpacked where it is packed, read in blocks into one piece of memory.
///
/// The first blocks can be looked at before the reading begins: they are kept and come again.
final class ImportInput {
    /// The size of a block in bytes. Larger ones were no faster, smaller ones cost a call each.
    static let blockSize = 256 * 1024

    /// The bytes by which most kinds of files are known.
    private static let markSize = 16

    let source: ImportSource
    /// The size of the file, packed or not; unknown for pipes.
    let totalBytes: Int?
    /// The unpacked bytes that ``next()`` handed out.
    private(set) var bytesRead = 0
    private let descriptor: Int32
    private let opened: stat
    private var packing: PackingProgram?
    private var unpacker: Unpacker?
    private let encoding: TextEncoding
    private var decoder: TextDecoder?
    private let block = UnsafeMutableRawBufferPointer.allocate(byteCount: blockSize, alignment: 16)
    private var kept: [[UInt8]] = []
    /// What the program that unpacks the source has said of bytes that are all there; known at their end.
    private var warning: String?
    /// Who is told that the reading goes on while no statement does.
    var sign: SignOfLife?

    convenience init(
        _ source: ImportSource,
        path: String,
        _ sign: SignOfLife?,
        _ encoding: TextEncoding = .utf8
    ) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ImportError.unreadable(source, reason: systemMessage()) }
        try self.init(source, descriptor: descriptor, sign, encoding)
    }

    init(
        _ source: ImportSource,
        descriptor: Int32,
        _ sign: SignOfLife?,
        _ encoding: TextEncoding = .utf8
    ) throws {
        self.source = source
        self.sign = sign
        self.descriptor = descriptor
        self.encoding = encoding
        var status = stat()
        let isKnown = fstat(descriptor, &status) == 0
        opened = status
        if isKnown, status.st_mode & S_IFMT == S_IFDIR {
            throw ImportError.unreadable(source, reason: "it is a directory")
        }
        totalBytes = isKnown && status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : nil
        try recognizeKind()
        if let encoding = encoding.name { try decode(from: encoding) }
    }

    deinit {
        block.deallocate()
        if descriptor > 2 { close(descriptor) }
    }

    /// How much of ``totalBytes`` was read: of a packed file the packed bytes.
    var progress: Int {
        guard unpacker != nil || decoder != nil else { return bytesRead }
        // A program reads through the same open file, so this is its place, too.
        let place = lseek(descriptor, 0, SEEK_CUR)
        return place < 0 ? bytesRead : Int(place)
    }

    /// Whether somebody has written to the file since it was opened.
    private var hasChanged: Bool {
        var now = stat()
        guard totalBytes != nil, fstat(descriptor, &now) == 0 else { return false }
        return now.st_size != opened.st_size || now.modified != opened.modified
    }

    /// What there is to tell of a source that was read to its end.
    var remarks: [ImportEvent] {
        (hasChanged ? [.changedWhileRead] : []) + (warning.map { [.warning($0)] } ?? [])
    }

    /// What it costs to read something again.
    enum Repetition {
        /// Nothing but the reading.
        case cheap
        /// All that stands before it is read and unpacked again.
        case costly
        /// It cannot be had again.
        case impossible
    }

    /// What ``rewind(to:)`` costs.
    var repetition: Repetition {
        guard totalBytes != nil else { return .impossible }
        return unpacker == nil && decoder == nil ? .cheap : .costly
    }

    /// Goes back to a place; what comes next are the bytes behind it.
    func rewind(to offset: Int) throws {
        (kept, bytesRead, warning) = ([], 0, nil)
        let isCheap = repetition == .cheap
        guard lseek(descriptor, off_t(isCheap ? offset : 0), SEEK_SET) >= 0 else {
            throw ImportError.unreadable(source, reason: systemMessage())
        }
        if isCheap { return bytesRead = offset }
        if let packing { unpacker = try Unpacker(source, descriptor, seen: [], by: packing) }
        if let name = encoding.name { decoder = try TextDecoder(name, source) }
        try next(offset) { _ in }
    }

    /// Hands out the blocks in order until `body` wants no more; the ones that were handed out come again.
    func peek(_ body: (UnsafeRawBufferPointer) throws -> Bool) throws {
        for bytes in kept where try !bytes.withUnsafeBytes(body) { return }
        while let bytes = try read() {
            kept.append(Array(bytes))
            if try !body(bytes) { return }
        }
    }

    /// The next block, good until the one after it; `nil` at the end.
    func next() throws -> UnsafeRawBufferPointer? {
        var bytes: UnsafeRawBufferPointer?
        if kept.isEmpty {
            bytes = try read()
        } else {
            let first = kept.removeFirst()
            block.copyBytes(from: first)
            bytes = UnsafeRawBufferPointer(rebasing: block[..<first.count])
        }
        bytesRead += bytes?.count ?? 0
        return bytes
    }

    /// Reads on to a place, or to the end when that comes before.
    /// - Parameter earlier: the bytes up to where the source stands.
    func digest(behind earlier: ContentDigest = ContentDigest(), upTo offset: Int) throws -> ContentDigest {
        var digest = earlier
        try next(offset - earlier.count) { digest.take($0) }
        return digest
    }

    /// Takes a few bytes, fewer at the end.
    func take(_ count: Int) throws -> [UInt8] {
        var taken: [UInt8] = []
        try next(count) { taken += $0 }
        return taken
    }

    /// Hands out so many bytes, fewer at the end.
    private func next(_ count: Int, _ body: (UnsafeRawBufferPointer) -> Void) throws {
        var left = count
        while left > 0, let bytes = try next() {
            let wanted = min(left, bytes.count)
            body(UnsafeRawBufferPointer(rebasing: bytes[..<wanted]))
            if wanted < bytes.count { giveBack(bytes[wanted...]) }
            left -= wanted
        }
    }

    private func giveBack(_ rest: Slice<UnsafeRawBufferPointer>) {
        kept.insert(Array(rest), at: 0)
        bytesRead -= rest.count
    }

    private func read() throws -> UnsafeRawBufferPointer? {
        guard let decoder else { return try readRaw() }
        while try !decoder.fill(block) {
            guard let raw = try readRaw() else { return try decoder.finish(block) }
            decoder.append(raw)
        }
        return UnsafeRawBufferPointer(rebasing: block[..<decoder.filled])
    }

    private func readRaw() throws -> UnsafeRawBufferPointer? {
        let from = unpacker?.output ?? descriptor
        while true {
            if let sign {
                var poller = pollfd(fd: from, events: Int16(POLLIN), revents: 0)
                let ready = poll(&poller, 1, 100)
                try sign.giveIfDue()
                if ready == 0 { continue }
            }
            let count = Foundation.read(from, block.baseAddress, block.count)
            if count > 0 { return UnsafeRawBufferPointer(rebasing: block[..<count]) }
            if count == 0 {
                warning = try unpacker?.finish() ?? warning
                return nil
            }
            if errno != EINTR { throw ImportError.unreadable(source, reason: systemMessage()) }
        }
    }

    /// Looks at the first bytes: a packed file is known by them, whatever its name is.
    private func recognizeKind() throws {
        var start = try keepStart()
        packing = PackingProgram(startOf: start)
        if let packing {
            unpacker = try Unpacker(source, descriptor, seen: start, by: packing)
            kept = []
            start = try keepStart()
        }
        if let kind = ForeignFile(startOf: start) { throw ImportError.foreign(source, kind) }
    }

    /// Reads the first block, and more where that is short: what comes through a pipe may come byte by byte.
    private func keepStart() throws -> [UInt8] {
        while kept.reduce(0, { $0 + $1.count }) < Self.markSize, let bytes = try read() {
            kept.append(Array(bytes))
        }
        return Array(kept.joined())
    }

    /// Converts what was read from here on, and what was kept.
    private func decode(from encoding: String) throws {
        decoder = try TextDecoder(encoding, source)
        let raw = kept
        kept = []
        for bytes in raw { decoder?.append(bytes) }
    }
}

extension stat {
    /// When the content was changed, in nanoseconds.
    fileprivate var modified: Int64 {
        #if canImport(Darwin)
            Int64(st_mtimespec.tv_sec) * 1_000_000_000 + Int64(st_mtimespec.tv_nsec)
        #else
            Int64(st_mtim.tv_sec) * 1_000_000_000 + Int64(st_mtim.tv_nsec)
        #endif
    }
}

private func systemMessage() -> String {
    String(cString: strerror(errno))
}
