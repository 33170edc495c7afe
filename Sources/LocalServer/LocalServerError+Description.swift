#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

extension LocalServerError: CustomStringConvertible {
    /// What happened, to which folder, and on the last line what to do next.
    public var description: String { "\(problem)\n\(nextStep)" }

    private var problem: String {
        switch self {
        case .programsNotFound(_, .some(let only)):
            "CAISSON_PG_BIN is \(only), where initdb, pg_ctl and postgres are not all to be found."
        case .programsNotFound(let searched, nil):
            "PostgreSQL's server programs (initdb, pg_ctl, postgres) are not installed\(Self.places(searched))."
        case .wrongVersion(let folder, let needed, let found):
            "\(folder)/data was made by PostgreSQL \(needed), which is not installed\(Self.places(found))."
        case .noUserForServer:
            "PostgreSQL refuses to run as root, and there is neither a user postgres nor a user nobody."
        case .unsafeFolder(let folder, let reason): "\(folder) cannot hold a private server: \(reason)."
        case .unreachable(let folder, let closed, let user):
            "\(folder) cannot hold the server: as root it runs as \(user), who may not enter \(closed)."
        case .socketPathTooLong(let path, let limit):
            "The socket's path \(path) has \(path.utf8.count) bytes; the system allows \(limit)."
        case .initialisationFailed(let folder, let output): "initdb failed for \(folder):\n\(output.indented)"
        case .startFailed(let folder, _, let output):
            "The server in \(folder) did not start:\n\(output.indented)"
        case .stopFailed(let folder, let mode, let output):
            "The server in \(folder) was told to stop (\(mode.rawValue)) and still runs:\n\(output.indented)"
        case .busy: "Another process is starting or stopping this server and does not come to an end."
        case .programFailed(let program, let reason): "\(program) could not be run: \(reason)"
        case .folderNotDeleted(let folder, let reason): "\(folder) could not be deleted: \(reason)"
        case .cancelled: "The task that started or stopped the server was cancelled."
        case .system(let action, let path, let code):
            "Could not \(action) \(path): \(String(cString: strerror(code)))."
        }
    }

    private var nextStep: String {
        switch self {
        case .programsNotFound(_, .some): "Point it at the folder that holds them, or: unset CAISSON_PG_BIN"
        case .programsNotFound(_, nil):
            """
            Install them with: make setup (that is apt-get install postgresql on Debian and Ubuntu, \
            brew install postgresql@17 on macOS; elsewhere set CAISSON_PG_BIN to the folder that holds them)
            """
        case .wrongVersion(let folder, let needed, _):
            "Install PostgreSQL \(needed), or give up the data: rm -rf '\(folder)'"
        case .noUserForServer: "Create one: useradd --system postgres"
        case .unsafeFolder(let folder, _): "Choose another folder. If this one is yours: rm -rf '\(folder)'"
        case .unreachable(_, let closed, _):
            "Choose a folder below /var/tmp, or open that one: chmod o+x '\(closed)'"
        case .socketPathTooLong: "Choose a folder with a shorter path."
        case .initialisationFailed: "Mend what it names and start the server again."
        case .startFailed(_, let log, _): "See the whole log: less '\(log)'"
        case .stopFailed(let folder, _, _):
            "Try again, or end it: kill -QUIT $(head -n 1 '\(folder)/data/postmaster.pid')"
        case .busy(let lock): "See which one, and try again when it is gone: lsof '\(lock)'"
        case .programFailed(let program, _): "Check the installation: '\(program)' --version"
        case .folderNotDeleted(let folder, _): "Delete it by hand: rm -rf '\(folder)'"
        case .cancelled: "Start it again."
        case .system(_, let path, _): "Look at it: ls -ld '\(path)'"
        }
    }

    private static func places(_ searched: [String]) -> String {
        searched.isEmpty ? "" : " (looked into \(searched.prefix(10).joined(separator: ", ")))"
    }
}

extension String {
    fileprivate var indented: String {
        split(separator: "\n").map { "    " + $0 }.joined(separator: "\n")
    }
}
