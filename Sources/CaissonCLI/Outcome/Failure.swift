import ArgumentParser
import Control
import Foundation
import Postgres

/// An error as the user gets to see it.
struct Failure: Sendable {
    /// The exit code that belongs to it.
    let outcome: Outcome
    /// What went wrong and what to do next, without secrets.
    let message: String

    init(outcome: Outcome, message: String) {
        (self.outcome, self.message) = (outcome, message.sentencePerLine)
    }

    /// Presents an error that a command threw.
    init(_ error: any Error) {
        outcome = Outcome(of: error)
        message = SecretMask.mask(Self.knowingStandbys(Self.text(of: error))).sentencePerLine
    }

    /// Presents a mistake in the arguments, some of which the message may quote.
    init(usage message: String, arguments: [String] = []) {
        outcome = .usage
        let text = message.hasPrefix("Error: ") ? String(message.dropFirst("Error: ".count)) : message
        let values = arguments.map { $0.hasPrefix("-") ? String($0.drop { $0 != "=" }.dropFirst()) : $0 }
        let quoted = values.filter(Self.mayBeConnectionString).reduce(text) { text, value in
            text.replacing(value, with: "****")
        }
        self.message = SecretMask.mask(quoted)
    }

    /// One that stands where none belongs is not read, so nobody knows which piece of it is the password.
    private static func mayBeConnectionString(_ value: String) -> Bool {
        let text = value.lowercased()
        return text.contains("://") || text.contains("password") || text.contains("@") && text.contains(":")
    }

    /// Whichever command meets a standby, and whatever it was doing, says so in the same words. Every text names the code.
    private static func knowingStandbys(_ text: String) -> String {
        guard text.contains("SQLSTATE \(SQLState.readOnlyTransaction)"),
            !text.contains(ControlError.takesNoWrites)
        else { return text }
        return "\(text)\n\(ControlError.takesNoWrites). \(ControlError.wayToThePrimary)"
    }

    private static func text(of error: any Error) -> String {
        switch error {
        case let error as ValidationError: error.message
        case PostgresError.connection(let failure)
        where failure.kind == .unreachable && !DatabaseAddress.wasNamed:
            """
            \(failure)
            No database was named: use --database URL, DATABASE_URL, or --local for a private server of this folder.
            """
        case PostgresError.server(let error): "\(error)\n\(advice(on: error))"
        case let error as any CustomStringConvertible: error.description
        default: error.localizedDescription
        }
    }

    /// What to do about an error of the server that nobody knew more about.
    private static func advice(on error: ServerError) -> String {
        switch error.sqlState {
        case .readOnlyTransaction:
            "\(ControlError.takesNoWrites). \(ControlError.wayToThePrimary)"
        case .insufficientPrivilege:
            "Connect as a role that may, or have the owner grant it; then run the same command again."
        default:
            "What it was about to do was not stored. Mend the cause, then run the same command again."
        }
    }
}
