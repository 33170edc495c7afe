import Foundation

/// An open source of bytes, read in blocks into one piece of memory.
///
/// The first blocks can be looked at before the reading begins: they are kept and come again.
final class ImportInput {
    /// The size of a block in bytes. Larger ones were no faster, smaller ones cost a call each.
    static let blockSize = 256 * 1024

    let source: ImportSource
    /// The size of the file; unknown for pipes.
    let totalBytes: Int?
    private let descriptor: Int32
    private let block = UnsafeMutableRawBufferPointer.allocate(byteCount: blockSize, alignment: 16)
    private var kept: [[UInt8]] = []

    convenience init(_ source: ImportSource, path: String) throws(ImportError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadable(source, reason: systemMessage()) }
        try self.init(source, descriptor: descriptor)
    }

    init(_ source: ImportSource, descriptor: Int32) throws(ImportError) {
        self.source = source
        self.descriptor = descriptor
        var status = stat()
        let isKnown = fstat(descriptor, &status) == 0
        if isKnown, status.st_mode & S_IFMT == S_IFDIR {
            throw .unreadable(source, reason: "it is a directory")
        }
        totalBytes = isKnown && status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : nil
        try checkCompression()
    }

    deinit {
        block.deallocate()
        if descriptor > 2 { close(descriptor) }
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
    func next() throws(ImportError) -> UnsafeRawBufferPointer? {
        guard !kept.isEmpty else { return try read() }
        let bytes = kept.removeFirst()
        block.copyBytes(from: bytes)
        return UnsafeRawBufferPointer(rebasing: block[..<bytes.count])
    }

    private func read() throws(ImportError) -> UnsafeRawBufferPointer? {
        while true {
            let count = Foundation.read(descriptor, block.baseAddress, block.count)
            if count > 0 { return UnsafeRawBufferPointer(rebasing: block[..<count]) }
            if count == 0 { return nil }
            if errno != EINTR { throw .unreadable(source, reason: systemMessage()) }
        }
    }

    /// A compressed file would otherwise be reported as one that is not UTF-8.
    private func checkCompression() throws(ImportError) {
        guard let bytes = try read() else { return }
        kept.append(Array(bytes))
        let formats: [(mark: [UInt8], program: String)] = [
            ([0x1F, 0x8B], "gunzip -c"), ([0x28, 0xB5, 0x2F, 0xFD], "zstd -dc"),
            ([0x42, 0x5A, 0x68], "bunzip2 -c"),
            ([0xFD, 0x37, 0x7A, 0x58], "xz -dc"), ([0x50, 0x4B, 0x03, 0x04], "unzip -p"),
        ]
        if let found = formats.first(where: { bytes.starts(with: $0.mark) }) {
            throw .compressed(source, program: found.program)
        }
    }
}

private func systemMessage() -> String {
    String(cString: strerror(errno))
}
