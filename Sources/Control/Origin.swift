import Foundation

/// Who runs the tool, where, and which version of it.
package struct Origin: Sendable, Hashable {
    /// The user of the operating system.
    package let actor: String
    /// The host's name.
    package let host: String
    /// The process on the host.
    package let processID: Int32
    /// The tool's version.
    package let toolVersion: String

    /// This process.
    package static let current = Origin(
        actor: ProcessInfo.processInfo.userName,
        host: ProcessInfo.processInfo.hostName,
        processID: ProcessInfo.processInfo.processIdentifier,
        toolVersion: Tool.version
    )
}

/// What the tool calls itself.
package enum Tool {
    /// The version that `--version` shows and the control tables record.
    package static let version = "0.1.0"
}
