import Foundation

/// The three streams that every process begins with, from its first moment to its last.
enum StandardStreams {
    /// To be called before anything is opened or written.
    static func prepare() {
        // A reader that has gone is an error of a write, and not the end of a process that may be in the middle of a migration.
        signal(SIGPIPE, SIG_IGN)
        // A stream that was closed would be given to the first file that is opened: messages would go to the database server.
        for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO]
        where fcntl(descriptor, F_GETFD) == -1 && errno == EBADF {
            // The lowest free number is taken. Nothing can be written to what is open for reading.
            _ = open("/dev/null", O_RDONLY)
        }
    }

    /// Ends the process.
    ///
    /// Not by `exit`: it takes the libraries down while other threads may still be inside of them. A connection that was being made
    /// in GSSAPI's library ended 2 of 100 processes by SIGABRT.
    static func leave(with outcome: Outcome) -> Never {
        let outcome = checked(outcome)
        fflush(nil)
        _exit(outcome.rawValue)
    }

    /// An outcome that nobody was told is none. A failure keeps its code, which scripts decide by.
    private static func checked(_ outcome: Outcome) -> Outcome {
        guard let reason = Terminal.output.finish() else { return outcome }
        let errors = Terminal.errors
        let message =
            "\(errors.style.bad("Error:")) The output could not be written: \(reason).\n"
            + "What the command does besides was done; make room or send it elsewhere, and look with: caisson status\n"
        errors.write(errors.style.rendered(message))
        return outcome == .done || outcome == .pending ? .failed : outcome
    }
}
