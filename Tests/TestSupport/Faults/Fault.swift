/// What a test does to a connection.
public enum Fault: Sendable {
    /// The message that set it off never reaches the server; the connection is cut.
    case loseRequest
    /// The server gets the message and carries it out to the end; the client is cut off before it hears of it.
    case loseReply
    /// The message, and with it all traffic, is held back until `FaultProxy.pass()`; the connection stays.
    case stall
    /// The server gets the message and carries it out to the end; its answer, and with it all traffic, is held back until
    /// `FaultProxy.pass()`; the connection stays.
    case stallReply
}

/// When a fault strikes.
public enum FaultTrigger: Sendable {
    /// A statement whose text contains these words is about to be executed, by the simple or the extended protocol,
    /// prepared or not; the first `skipping` of them are let through. Case does not matter. `COMMIT` means neither
    /// `COMMITTED` nor `synchronous_commit`.
    case statement(containing: String, skipping: Int = 0)
    /// A message with this type byte, for instance `d` for CopyData or `c` for CopyDone.
    case message(Character, skipping: Int = 0)
    /// A message that has the server execute something is about to pass, by the simple or the extended protocol, on any
    /// connection; the first `skipping` of them are let through.
    case execution(skipping: Int = 0)
    /// After so many more bytes from clients, in the middle of a message if that is where it falls.
    case clientBytes(Int)
}

/// What new connections find after a fault.
public enum FaultOutcome: Sendable {
    /// The server, as before.
    case pass
    /// Nobody, until `FaultProxy.comeBack()`.
    case refuse
}

/// A fault that waits for its trigger.
struct ArmedFault {
    var trigger: FaultTrigger
    let fault: Fault
    let outcome: FaultOutcome
    let gate: Gate

    /// Counts the message, and answers how many of its bytes still get through when it is the one.
    mutating func meets(_ message: Frame, statement: String?) -> Int? {
        switch trigger {
        case .statement(let part, let skipping):
            guard let statement, statement.containsWords(part) else { return nil }
            trigger = .statement(containing: part, skipping: skipping - 1)
            return skipping > 0 ? nil : 0
        case .message(let type, let skipping):
            guard message.type == type.asciiValue else { return nil }
            trigger = .message(type, skipping: skipping - 1)
            return skipping > 0 ? nil : 0
        case .execution(let skipping):
            guard ["Q", "E"].contains(UnicodeScalar(message.type)) else { return nil }
            trigger = .execution(skipping: skipping - 1)
            return skipping > 0 ? nil : 0
        case .clientBytes(let left):
            trigger = .clientBytes(left - message.bytes.count)
            return message.bytes.count > left ? left : nil
        }
    }
}

extension String {
    fileprivate func containsWords(_ words: String) -> Bool {
        let text = lowercased()
        return text.ranges(of: words.lowercased()).contains { range in
            let before = text[..<range.lowerBound].last
            let after = text[range.upperBound...].first
            return ![before, after].contains { $0.map { $0.isLetter || $0.isNumber || $0 == "_" } ?? false }
        }
    }
}
