/// Why a private server could not be found, made, started or stopped. Every description ends with what to do next.
public enum LocalServerError: Error, Equatable, Sendable {
    /// No complete PostgreSQL installation; `only` is `CAISSON_PG_BIN` where that was set.
    case programsNotFound(searched: [String], only: String?)
    /// The data folder was made by a PostgreSQL version that is not installed.
    case wrongVersion(folder: String, needed: String, found: [String])
    /// We are root, and there is no user the server could run as.
    case noUserForServer
    /// The folder is, or could be, under somebody else's control.
    case unsafeFolder(folder: String, reason: String)
    /// The server's user cannot get to the folder.
    case unreachable(folder: String, closed: String, user: String)
    /// The socket's path does not fit into the system's address of a socket.
    case socketPathTooLong(path: String, limit: Int)
    /// `initdb` failed.
    case initialisationFailed(folder: String, output: String)
    /// The server did not start; `output` holds the last lines of its log.
    case startFailed(folder: String, log: String, output: String)
    /// The server still runs.
    case stopFailed(folder: String, mode: PrivateServer.StopMode, output: String)
    /// Another process is starting or stopping this server and does not come to an end.
    case busy(lock: String)
    /// One of PostgreSQL's programs could not be run at all.
    case programFailed(program: String, reason: String)
    /// The server's folder could not be deleted.
    case folderNotDeleted(folder: String, reason: String)
    /// The task was cancelled while it waited.
    case cancelled
    /// The operating system refused; `code` is its errno.
    case system(_ action: String, _ path: String, code: Int32)
}
