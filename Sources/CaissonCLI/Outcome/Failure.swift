import ArgumentParser
import Foundation

/// An error as the user gets to see it.
struct Failure: Sendable {
    /// The exit code that belongs to it.
    let outcome: Outcome
    /// What went wrong and what to do next, without secrets.
    let message: String

    init(outcome: Outcome, message: String) {
        (self.outcome, self.message) = (outcome, message)
    }

    /// Presents an error that a command threw.
    init(_ error: any Error) {
        outcome = Outcome(of: error)
        message = Secrets.mask(Self.text(of: error))
    }

    /// Presents a mistake in the arguments.
    init(usage message: String) {
        outcome = .usage
        let text = message.hasPrefix("Error: ") ? String(message.dropFirst("Error: ".count)) : message
        self.message = Secrets.mask(text)
    }

    private static func text(of error: any Error) -> String {
        switch error {
        case let error as ValidationError: error.message
        case let error as any CustomStringConvertible: error.description
        default: error.localizedDescription
        }
    }
}
