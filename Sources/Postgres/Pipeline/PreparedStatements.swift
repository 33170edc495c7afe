/// The statements that a session keeps under names of ours.
///
/// A statement that was not answered is not among them: one that stood behind an error was never prepared.
struct PreparedStatements {
    /// What makes two statements the same for the server.
    struct Statement: Hashable {
        let text: String
        let types: [UInt32]

        init(_ text: String, _ parameters: [Parameter]) {
            (self.text, types) = (text, parameters.map(\.type.rawValue))
        }
    }

    private var names: [Statement: String] = [:]
    private var made = 0

    var isEmpty: Bool { names.isEmpty }

    func name(of statement: Statement) -> String? {
        names[statement]
    }

    /// A name that this session has not had yet.
    mutating func newName() -> String {
        made += 1
        return "caisson_\(made)"
    }

    mutating func add(_ statement: Statement, as name: String) {
        names[statement] = name
    }

    mutating func forget() {
        names.removeAll()
    }
}
