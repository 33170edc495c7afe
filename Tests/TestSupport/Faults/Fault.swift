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
    /// The client gets the answer, the whole of it. What it sends then is held back while the server crashes, and the
    /// connection is cut once the server is back: whoever connects again at once finds what the crash left.
    case crash(Crash)
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
    /// The server answers with an error of this code, for instance `55P03`; the first `skipping` of them are let through.
    /// With `loseRequest` the error is the first thing that does not arrive, with the other faults all of the answer does
    /// or does not.
    case reply(sqlState: String, skipping: Int = 0)
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
        case .reply:
            return nil
        }
    }

    /// Counts a message of the server, and answers whether it is the one.
    mutating func meets(reply message: Frame) -> Bool {
        guard case .reply(let wanted, let skipping) = trigger, message.sqlState == wanted else {
            return false
        }
        trigger = .reply(sqlState: wanted, skipping: skipping - 1)
        return skipping <= 0
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
