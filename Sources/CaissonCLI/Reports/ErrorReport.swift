/// An error among JSON lines.
struct ErrorReport: Report {
    let failure: Failure

    var json: JSON {
        .object(["event": "error", "code": failure.outcome.rawValue, "message": failure.message])
    }

    func text(_ style: Style) -> String? { failure.message }
}
