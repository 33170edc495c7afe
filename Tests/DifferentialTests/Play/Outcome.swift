/// How a trial ended.
enum Outcome {
    /// Why the backfill was refused or stopped; `nil` where it ran.
    var refusal: Failure? {
        switch self {
        case .refused(let failure), .stopped(let failure): failure
        default: nil
        }
    }

    /// The tables are those that one statement leaves behind.
    case equal
    /// The backfill was refused, and nothing was changed.
    case refused(Failure)
    /// It was stopped on the way, and what it left behind is what one statement does to the rows of the chunks that were
    /// committed.
    case stopped(Failure)
    /// Both failed with an error about the data, and the backfill left complete chunks behind.
    case dataError(Failure)
    /// What it does depends on how the rows are divided, so there is nothing to compare with.
    case aboutChunk
    /// None of these.
    case fault(String)
}

/// Why a backfill did not get to its end.
struct Failure: Error {
    /// The case of the error, or the exit code of the program.
    let label: String
    let description: String

    /// The error of a run in this process.
    init(_ error: any Error) {
        description = "\(error)"
        let child = error is TimeLimit ? nil : Mirror(reflecting: error).children.first?.label
        label = child ?? "\(type(of: error))"
    }

    /// What the program said.
    init(label: String, description: String) {
        (self.label, self.description) = (label, description)
    }

    /// The server's code, where the server refused something.
    var sqlState: String? {
        guard let mark = description.ranges(of: "SQLSTATE ").first else { return nil }
        return String(description[mark.upperBound...].prefix(5))
    }

    /// Whether the server speaks of data: what it finds only when the row is met, in one statement as in a chunk.
    var isAboutData: Bool { sqlState.map { ["21", "22", "23", "P0"].contains($0.prefix(2)) } == true }

    /// Errors that no definition should end with: the backfill stood in its own way, or hung.
    var isAboutRunner: Bool { ["keptFailing", "chunkTimedOut", "TimeLimit"].contains(label) }

    /// The error's case and first words, without what differs between trials.
    var reason: String {
        var words = (description.split(separator: "\n").first.map(String.init) ?? "").split(separator: " ")
        if words.first == "Error:" { words.removeFirst() }
        if words.first == "Backfill" { words.removeFirst(min(2, words.count)) }
        // The place: FILE, line N:
        if words.first?.contains("/") == true { words.removeFirst(min(3, words.count)) }
        // Names and numbers differ from trial to trial.
        let text = words.map { $0.allSatisfy(\.isNumber) ? "N" : String($0) }.joined(separator: " ")
            .replacing(/\s?\([^)]*\)?/, with: "")
        let state = sqlState.map { " \($0)" } ?? ""
        return "\(label)\(state): \(text.split(separator: " ").prefix(9).joined(separator: " "))"
    }
}

/// A trial did not end.
struct TimeLimit: Error, CustomStringConvertible {
    let limit: Duration
    /// What its sessions were at by then.
    let activity: [String]
    var description: String {
        "the backfill did not end within \(limit)\n" + activity.joined(separator: "\n")
    }
}
