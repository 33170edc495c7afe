import Foundation

/// Converts bytes of some encoding to UTF-8, block by block.
///
/// By the C library rather than by the program `iconv`, of which many versions read all of a file before they write anything.
final class TextDecoder {
    private let encoding: String
    private let source: ImportSource
    private let library: Iconv
    private let handle: UnsafeMutableRawPointer
    /// The bytes that wait.
    private var raw: [UInt8] = []
    private var lines = 0
    /// How many bytes the last call of ``fill(_:)`` gave.
    private(set) var filled = 0

    /// - Throws: ``ImportError`` when nobody knows the encoding.
    init(_ encoding: String, _ source: ImportSource) throws(ImportError) {
        (self.encoding, self.source) = (encoding, source)
        guard TextEncoding.isName(encoding) else {
            throw .undecodable(source, encoding: encoding, reason: "that is no name of an encoding")
        }
        guard let library = Iconv.shared else {
            throw .undecodable(source, encoding: encoding, reason: "this system has no iconv")
        }
        guard let handle = library.open("UTF-8", encoding), Int(bitPattern: handle) != -1 else {
            throw .undecodable(source, encoding: encoding, reason: "iconv does not know this encoding")
        }
        (self.library, self.handle) = (library, handle)
    }

    deinit { _ = library.close(handle) }

    /// Takes the next bytes.
    func append(_ bytes: some Collection<UInt8>) {
        raw += bytes
    }

    /// Converts as much as is there and as fits into some memory; whether it was anything.
    ///
    /// - Throws: ``ImportError`` with the line for bytes that mean nothing.
    func fill(_ memory: UnsafeMutableRawBufferPointer) throws(ImportError) -> Bool {
        filled = 0
        // Nothing at all would tell iconv to forget in which state the text is.
        guard !raw.isEmpty else { return false }
        var left = (input: raw.count, output: memory.count)
        let reason = raw.withUnsafeMutableBytes { raw in
            var input = raw.baseAddress?.assumingMemoryBound(to: CChar.self)
            var output = memory.baseAddress?.assumingMemoryBound(to: CChar.self)
            return library.convert(handle, &input, &left.input, &output, &left.output) == -1 ? errno : 0
        }
        raw.removeFirst(raw.count - left.input)
        filled = memory.count - left.output
        // What was right goes out first; the same bytes are looked at again then.
        if reason == EILSEQ, filled == 0 { throw refusal() }
        lines += memory[..<filled].count { $0 == UInt8(ascii: "\n") }
        return filled > 0
    }

    /// Ends the text: what iconv has kept for a letter that might have been composed; `nil` when there is no more.
    ///
    /// - Throws: ``ImportError`` for a character that is cut off.
    func finish(_ memory: UnsafeMutableRawBufferPointer) throws(ImportError) -> UnsafeRawBufferPointer? {
        guard raw.isEmpty else { throw refusal() }
        var (output, left) = (memory.baseAddress?.assumingMemoryBound(to: CChar.self), memory.count)
        _ = library.convert(handle, nil, nil, &output, &left)
        let kept = memory.count - left
        return kept > 0 ? UnsafeRawBufferPointer(rebasing: memory[..<kept]) : nil
    }

    private func refusal() -> ImportError {
        let bytes = raw.prefix(4).map { "0x" + String($0, radix: 16, uppercase: true) }.joined(separator: " ")
        return .undecodable(
            source,
            encoding: encoding,
            reason: "line \(lines + 1): the bytes \(bytes) mean nothing in it"
        )
    }
}

/// The functions of `iconv.h`: part of the C library on Linux, a library of its own on macOS.
private struct Iconv: @unchecked Sendable {
    // Unchecked for the sake of the pointers to functions, which nobody changes.
    typealias Bytes = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    typealias Count = UnsafeMutablePointer<Int>
    typealias Open = @convention(c) (UnsafePointer<CChar>, UnsafePointer<CChar>) -> UnsafeMutableRawPointer?
    typealias Convert = @convention(c) (UnsafeMutableRawPointer?, Bytes?, Count?, Bytes?, Count?) -> Int
    typealias Close = @convention(c) (UnsafeMutableRawPointer?) -> Int32
    let open: Open
    let convert: Convert
    let close: Close

    static let shared = Iconv()

    private init?() {
        let library = dlopen("/usr/lib/libiconv.2.dylib", RTLD_NOW) ?? dlopen(nil, RTLD_NOW)
        guard let open = dlsym(library, "iconv_open"), let convert = dlsym(library, "iconv"),
            let close = dlsym(library, "iconv_close")
        else { return nil }
        self.open = unsafeBitCast(open, to: Open.self)
        self.convert = unsafeBitCast(convert, to: Convert.self)
        self.close = unsafeBitCast(close, to: Close.self)
    }
}
