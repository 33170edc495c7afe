import CLibPQ

/// A notice or warning of the server: `NOTICE: relation "city" already exists, skipping`.
public struct Notice: Sendable, Hashable, CustomStringConvertible {
    /// `NOTICE`, `WARNING`, `INFO`, never translated.
    public let severity: String
    /// The message in the server's language.
    public let message: String
    /// The code.
    public let sqlState: SQLState

    init(_ result: OpaquePointer) {
        func field(_ code: Character) -> String? {
            PQresultErrorField(result, Int32(code.asciiValue ?? 0)).map { String(cString: $0) }
        }
        severity = field("V") ?? "NOTICE"
        message = field("M") ?? String(cString: PQresultErrorMessage(result))
        sqlState = SQLState(rawValue: field("C") ?? "00000")
    }

    /// One line for people.
    public var description: String { "\(severity): \(message)" }
}

/// Takes the notices of one connection; libpq calls it on the thread that runs the statement.
final class NoticeSink {
    var handler: ((Notice) -> Void)?
    /// The server's last words, when it ended the session while no statement was under way: nobody asked then, so libpq
    /// hands them over like a notice.
    private(set) var farewell: Notice?

    func receive(_ result: OpaquePointer) {
        let notice = Notice(result)
        if notice.severity == "FATAL" || notice.severity == "PANIC" { farewell = notice }
        handler?(notice)
    }
}
