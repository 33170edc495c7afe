import Migrations

/// What the ledger has taken over.
struct AcceptanceReport: Report {
    let acceptance: Acceptance
    let reason: String

    var json: JSON {
        .object([
            "event": "migration.accepted", "version": acceptance.applied.identity.description,
            "name": acceptance.applied.name, "change": acceptance.word, "reason": reason,
        ])
    }

    func text(_ style: Style) -> String? {
        let label = acceptance.applied.label
        return switch acceptance.change {
        case .takesText: "\(style.good("accepted"))  \(label) with its new text"
        case .takesName(let migration): "\(style.good("accepted"))  \(label) as \(migration.label)"
        case .forgets: "\(style.good("accepted"))  \(label) is no longer in the ledger"
        }
    }
}
