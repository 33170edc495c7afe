import CLibPQ

/// An error that the server reported, with every field that it sent.
public struct ServerError: Error, Sendable {
    /// The code.
    public var sqlState: SQLState
    /// `ERROR`, `FATAL` or `PANIC`, never translated.
    public var severity: String
    /// The primary message, in the server's language.
    public var message: String
    /// More about the problem.
    public var detail: String?
    /// The server's advice.
    public var hint: String?
    /// Where in the statement, in characters from 1.
    public var position: Int?
    /// Where in ``internalQuery``, in characters from 1.
    public var internalPosition: Int?
    /// The statement that a function or trigger was running.
    public var internalQuery: String?
    /// The call stack of functions, or the line of a COPY.
    public var context: String?
    /// The schema of the object concerned.
    public var schema: String?
    /// The table concerned.
    public var table: String?
    /// The column concerned.
    public var column: String?
    /// The data type concerned.
    public var dataType: String?
    /// The constraint concerned.
    public var constraint: String?
    /// The server's source file, line and routine that reported it.
    public var file: String?
    public var line: String?
    public var routine: String?
    /// The statement as it was sent, with `$n` in place of values.
    public var statement: String?

    /// Makes an error of its code and message, for tests of those who decide by them.
    package init(sqlState: SQLState, message: String, severity: String = "ERROR") {
        (self.sqlState, self.message, self.severity) = (sqlState, message, severity)
    }

    init(_ result: OpaquePointer, sqlState: SQLState, statement: String?) {
        func field(_ code: Character) -> String? {
            PQresultErrorField(result, Int32(code.asciiValue ?? 0)).map { String(cString: $0) }
        }
        self.sqlState = sqlState
        self.statement = statement
        severity = field("V") ?? field("S") ?? "ERROR"
        message = field("M") ?? String(cString: PQresultErrorMessage(result))
        (detail, hint) = (field("D"), field("H"))
        position = field("P").flatMap(Int.init)
        internalPosition = field("p").flatMap(Int.init)
        (internalQuery, context) = (field("q"), field("W"))
        (schema, table, column) = (field("s"), field("t"), field("c"))
        (dataType, constraint) = (field("d"), field("n"))
        (file, line, routine) = (field("F"), field("L"), field("R"))
    }

    /// Whether the server ended the session with this error.
    public var endsSession: Bool { severity == "FATAL" || severity == "PANIC" }
}

extension ServerError: CustomStringConvertible, CustomDebugStringConvertible {
    /// The message, the code and what the server added, for people.
    public var description: String {
        var text = "\(message) (SQLSTATE \(sqlState))"
        if let detail { text += "\nDetail: \(detail)" }
        if let hint { text += "\nHint: \(hint)" }
        return text
    }

    /// Every field, a line each.
    public var debugDescription: String {
        let fields: [(String, String?)] = [
            ("context", context), ("position", position.map(String.init)), ("schema", schema),
            ("table", table),
            ("column", column), ("type", dataType), ("constraint", constraint),
            ("internal query", internalQuery),
            ("routine", routine), ("statement", statement),
        ]
        return fields.reduce(into: "\(severity): \(description)") { text, field in
            if let value = field.1 { text += "\n\(field.0): \(value)" }
        }
    }
}
