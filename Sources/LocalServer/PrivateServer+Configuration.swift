extension PrivateServer {
    /// Where a private server lives and how it is run. The defaults are those of a developer's server.
    public struct Configuration: Sendable {
        /// The absolute path of the server's folder: data, log and socket. Created by `start()`, mode 0700.
        public var folder: String

        /// The name of the database superuser. Default: `postgres`.
        public var superuser = "postgres"

        /// What must survive. Default: `.durable`.
        public var durability = Durability.durable

        /// Who can reach it. Default: `.socket`.
        public var access = Access.socket

        /// Further server settings, as in `postgresql.conf`. Default: none. They apply from the next start on.
        public var settings: [String: String] = [:]

        /// How long a start or a stop may take. Default: 60 seconds.
        public var timeout = Duration.seconds(60)

        /// A configuration with all defaults for the server in `folder`.
        public init(folder: String) {
            self.folder = folder
        }
    }

    /// What must survive a crash.
    public enum Durability: Sendable {
        /// PostgreSQL's own defaults: committed is committed.
        case durable
        /// No waiting for the disk. Committed work survives every death of the server, but not of the machine.
        case throwaway
    }

    /// Who can reach the server.
    public enum Access: Sendable {
        /// The Unix socket alone, without a password: the folder it lies in is closed to everybody else.
        case socket
        /// Also 127.0.0.1 with SCRAM authentication, which every user of the machine can try.
        /// The password is set when the data folder is created.
        case socketAndLoopback(port: UInt16, password: String)
    }
}

extension PrivateServer.Access {
    /// The TCP port, which is also part of the socket's name.
    var port: UInt16 {
        switch self {
        case .socket: 5432
        case .socketAndLoopback(let port, _): port
        }
    }
}

extension PrivateServer.Access: CustomStringConvertible, CustomDebugStringConvertible {
    /// The way in, without the password.
    public var description: String {
        switch self {
        case .socket: "socket"
        case .socketAndLoopback(let port, _): "socket and 127.0.0.1:\(port)"
        }
    }

    /// The same as `description`: the password stays out of every log.
    public var debugDescription: String { description }
}

extension PrivateServer.Configuration {
    /// Everything the server is told on its command line; the caller's own settings win over the defaults.
    var serverSettings: [(name: String, value: String)] {
        var all = [
            "listen_addresses": "",
            "unix_socket_directories": "\"\(folder)\"",
            "unix_socket_permissions": "0700",
            "port": String(access.port),
        ]
        if case .socketAndLoopback = access {
            all["listen_addresses"] = "127.0.0.1"
        }
        if case .throwaway = durability {
            // Not synchronous_commit: without it a killed server forgets commits it has confirmed.
            all["fsync"] = "off"
            all["full_page_writes"] = "off"
        }
        all.merge(settings) { _, wanted in wanted }
        return all.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
    }
}
