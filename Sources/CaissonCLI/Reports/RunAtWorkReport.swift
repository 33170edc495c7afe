import Foundation
import Migrations
import Postgres

/// A run that is at work while somebody asks how the migrations stand.
struct RunAtWorkReport: Report {
    let holder: LockHolder

    var json: JSON {
        .object([
            "event": "run.at_work", "pid": Int(holder.pid), "application": holder.applicationName,
            "role": holder.role, "host": holder.host, "since": holder.since.utcText, "state": holder.state,
        ])
    }

    /// Who it is and since when, in a line.
    var sentence: String { "A run is at work: \(holder). Wait for it, or watch it: caisson migrate status" }

    func text(_ style: Style) -> String? { sentence }
}
