import Foundation

extension PrivateServer {
    /// The folder of a project's own server: `/var/tmp/caisson-<uid>/<name>-<hash of the project's path>`.
    ///
    /// Short, because a socket's path may have only 103 bytes; under `/var/tmp`, because it must survive a
    /// restart of the machine and be reachable for the user the server runs as, which a home folder often is not.
    ///
    /// - Parameter project: The project's folder; the same folder always gives the same answer, also through
    ///   symbolic links and relative paths.
    public static func defaultFolder(forProject project: String, base: String = "/var/tmp") -> String {
        let url = URL(fileURLWithPath: project).standardizedFileURL.resolvingSymlinksInPath()
        let name = String(url.lastPathComponent.lowercased().map { $0.isPlain ? $0 : "-" }.prefix(24))
        return "\(base)/caisson-\(geteuid())/\(name)-\(url.path.stableHash)"
    }

    /// A TCP port of 127.0.0.1 that was free a moment ago, for ``Access/socketAndLoopback(port:password:)``.
    public static func unusedLoopbackPort() throws(LocalServerError) -> UInt16 {
        try LoopbackPort.unused()
    }
}

extension Character {
    fileprivate var isPlain: Bool { isASCII && (isLetter || isNumber || self == "-" || self == "_") }
}

extension String {
    /// FNV-1a. Swift's own hash values differ from process to process.
    fileprivate var stableHash: String {
        let hash = utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
