import Foundation
import Synchronization

/// A standard stream of the process, and what is known about the terminal at its other end.
final class Terminal: Sendable {
    /// The file descriptor that is written to.
    let descriptor: Int32

    /// Why something could not be written: the first reason, kept to the end of the process.
    private let failure: Mutex<Int32?>

    static let output = Terminal(descriptor: STDOUT_FILENO)
    static let errors = Terminal(descriptor: STDERR_FILENO)

    init(descriptor: Int32) {
        self.descriptor = descriptor
        // Of a stream that was closed the runtime may have taken the number for its own (epoll, which has no type of file).
        var found = stat()
        let isStream = fstat(descriptor, &found) == 0 && found.st_mode & S_IFMT != 0
        failure = Mutex(isStream ? nil : EBADF)
    }

    /// Whether a person is looking.
    var isInteractive: Bool { isatty(descriptor) == 1 && environment("TERM") != "dumb" }

    /// Its style: colours unless the user has said `NO_COLOR`.
    var style: Style {
        Style(isColored: isInteractive && (environment("NO_COLOR") ?? "").isEmpty)
    }

    /// Its width in columns.
    var width: Int {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Writes all of a text. What cannot be written is told at the end, by ``finish()``: work that is under way in a database
    /// is not given up for it.
    func write(_ text: String) {
        failure.withLock { failure in
            guard failure == nil else { return }
            failure = send(Array(text.utf8))
        }
    }

    /// Has the system store what was written, and tells why anything was not.
    func finish() -> String? {
        failure.withLock { failure in
            // Some file systems tell of a full disk only when a file is closed; any of its descriptors will do.
            let copy = failure == nil ? dup(descriptor) : -1
            if copy >= 0, close(copy) != 0 { failure = errno }
            return failure.map { String(cString: strerror($0)) }
        }
    }

    private func send(_ bytes: [UInt8]) -> Int32? {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                // Somebody else who holds the same pipe has made it one that does not wait.
                var poller = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&poller, 1, 1000)
            } else if errno != EINTR {
                return errno
            }
        }
        return nil
    }

    private func environment(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name]
    }
}
