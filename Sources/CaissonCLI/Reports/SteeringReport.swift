import Backfills

/// What a person wanted of a run.
struct SteeringReport: Report {
    enum Event: String, Sendable { case paused, resumed, cancelled }

    let event: Event
    let run: Run

    var json: JSON {
        .object([
            "event": "backfill.\(event.rawValue)", "name": run.name, "state": run.state.rawValue,
            "wanted": run.wanted.rawValue,
        ])
    }

    func text(_ style: Style) -> String? {
        switch event {
        case .paused where run.state == .paused:
            "\(run.name) is paused. Go on with: caisson backfill resume \(run.name)"
        case .paused: "\(run.name) pauses after its current chunks. See: caisson backfill status \(run.name)"
        case .resumed: "\(run.name) goes on."
        case .cancelled where run.state == .cancelled:
            "\(run.name) is cancelled; what it did stays. Begin anew with: caisson backfill run \(run.name)"
        case .cancelled: "\(run.name) is given up after its current chunks; what it did stays."
        }
    }
}
