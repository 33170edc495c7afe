import Foundation
#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// The standard input of a program, filled by a thread of its own.
///
/// A program may end before it has read all of it. Subprocess answers that with a trap (1.0.2), so the writing is done
/// here, with SIGPIPE off: it must not end the tests. Programs begin with the signal's default again.
struct InputPipe {
    /// What the program reads; the one who starts it closes it.
    let reading: FileDescriptor

    private static let ignoreSignal: Void = { _ = signal(SIGPIPE, SIG_IGN) }()

    init(_ text: String) throws {
        Self.ignoreSignal
        let (reading, writing) = try FileDescriptor.pipe()
        self.reading = reading
        _ = fcntl(writing.rawValue, F_SETFD, FD_CLOEXEC)
        let bytes = Array(text.utf8)
        Thread.detachNewThread {
            _ = try? writing.writeAll(bytes)
            try? writing.close()
        }
    }
}
