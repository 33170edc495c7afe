import Foundation

/// A program, for instance `gzip -dc`, which unpacks a source while it is read.
///
/// A program rather than zlib: zlib's headers are one more package to install before `swift build` works, and the
/// program, which every system with a PostgreSQL client has, unpacks on a core of its own while this process encodes.
final class Unpacker {
    /// Where the unpacked bytes come out.
    let output: Int32
    private let source: ImportSource
    private let program: PackingProgram
    private let process = Process()
    private let unpacked = Pipe()
    private let complaints = Pipe()

    /// Starts the program.
    ///
    /// - Parameters:
    ///   - descriptor: the packed bytes.
    ///   - seen: those that were read from it already; a file is simply read from its beginning again.
    init(
        _ source: ImportSource,
        _ descriptor: Int32,
        seen: [UInt8],
        by program: PackingProgram
    ) throws(ImportError) {
        (self.source, self.program) = (source, program)
        output = unpacked.fileHandleForReading.fileDescriptor
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = program.command
        // Nothing else of ours: secrets may be in it.
        process.environment = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? ""]
        process.standardOutput = unpacked
        process.standardError = complaints
        let isSeekable = lseek(descriptor, 0, SEEK_SET) == 0
        let feed = Pipe()
        process.standardInput =
            isSeekable ? FileHandle(fileDescriptor: descriptor, closeOnDealloc: false) : feed
        do {
            try process.run()
        } catch {
            throw .unreadable(
                source,
                reason: "\(program.rawValue), which unpacks it, cannot be started: \(error)"
            )
        }
        if !isSeekable { Self.pump(seen, descriptor, into: feed.fileHandleForWriting) }
    }

    deinit {
        // Whoever stops in the middle of a file leaves a program that waits to write.
        if process.isRunning { process.terminate() }
    }

    /// Looks, at the end of the bytes, whether they were all.
    ///
    /// - Returns: what the program has to say of bytes that are all there, for instance of others behind them.
    func finish() throws(ImportError) -> String? {
        process.waitUntilExit()
        let said = String(decoding: complaints.fileHandleForReading.availableData, as: UTF8.self)
        let words = said.split(separator: "\n").first.map(String.init)
        switch process.terminationStatus {
        case 0: return words
        // "If a warning occurs, exit status is 2" (manual of gzip): what it warns of lies behind the last row.
        case 2 where program == .gzip: return words
        // The one who was to find the program found none.
        case 127: throw .programMissing(source, program: program.rawValue)
        default:
            let name = program.rawValue
            let reason = words.map { $0.hasPrefix(name) ? $0 : "\(name): \($0)" }
            throw .damaged(source, reason: reason ?? "\(name): it failed")
        }
    }

    /// Hands a pipe's bytes on, the first of which were read before it was known that they are packed.
    private static func pump(_ seen: [UInt8], _ descriptor: Int32, into target: FileHandle) {
        Thread.detachNewThread {
            // A program that ended early must not end this process as well.
            var signals = sigset_t()
            sigemptyset(&signals)
            sigaddset(&signals, SIGPIPE)
            pthread_sigmask(SIG_BLOCK, &signals, nil)
            defer { try? target.close() }
            var block = seen
            while !block.isEmpty {
                guard (try? target.write(contentsOf: block)) != nil else { return }
                block = Self.read(descriptor)
            }
        }
    }

    private static func read(_ descriptor: Int32) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: ImportInput.blockSize) { memory, count in
            repeat {
                count = max(0, Foundation.read(descriptor, memory.baseAddress, memory.count))
            } while count == 0 && errno == EINTR
        }
    }
}
