/// Follows one connection's messages: what is about to be executed, and how many answers are outstanding.
///
/// The server ends every answer with ReadyForQuery: one after the start-up, one for each Query, FunctionCall and Sync.
struct ProtocolTracker {
    private var statements: [String: String] = [:]
    private var portals: [String: String] = [:]
    private var lastRequest: UInt8 = 0

    /// How many ReadyForQuery are still to come for what the client has sent.
    private(set) var outstanding = 1

    /// Takes note of a client's message.
    ///
    /// - Returns: the text of the statement that this message makes the server execute.
    mutating func client(_ message: Frame) -> String? {
        switch UnicodeScalar(message.type) {
        case "Q":
            request(message)
            return message.texts(1).first
        case "P":
            let texts = message.texts(2)
            statements[texts[0]] = texts[1]
        case "B":
            let names = message.texts(2)
            portals[names[0]] = statements[names[1]]
        case "E":
            return portals[message.texts(1)[0]]
        case "F", "S":
            request(message)
        default:
            break
        }
        return nil
    }

    /// Takes note of a server's message.
    mutating func server(_ message: Frame) {
        switch UnicodeScalar(message.type) {
        case "Z":
            outstanding -= 1
        case "G" where lastRequest == UInt8(ascii: "S"):
            // "During copy-in mode the backend ignores Flush and Sync"; the client sends another at the end.
            outstanding -= 1
        default:
            break
        }
    }

    /// How many ReadyForQuery must come until the answer to this message is complete. An Execute is answered with
    /// the Sync that is still to follow.
    func repliesUntilDone(with message: Frame) -> Int {
        message.type == UInt8(ascii: "E") ? outstanding + 1 : outstanding
    }

    private mutating func request(_ message: Frame) {
        outstanding += 1
        lastRequest = message.type
    }
}
