import Control
import Postgres

extension Ledger {
    /// Records that another tool has applied a migration.
    func adopt(_ item: AdoptionPlan.Item, on connection: Connection) throws {
        try connection.execute(
            LedgerStatements.record(
                item.migration,
                as: .adoption,
                state: .applied,
                milliseconds: item.duration?.milliseconds,
                appliedAt: item.appliedAt,
                origin: origin,
                in: schema
            )
        )
    }

    /// Records an adoption, so that it can be taken back.
    func recordAdoption(_ adoption: Adoption, on connection: Connection) throws {
        let detail = try connection.queryOne(AdoptionStatements.detail(adoption), as: String.self)
        try Journal(schema: schema, origin: origin)
            .record("migration.adopted", subject: adoption.tool.rawValue, detail: detail, on: connection)
    }
}

/// Takes the last adoption back.
struct AdoptionUndo {
    let schema: ControlSchema

    func run(on connection: Connection) throws -> [String] {
        guard try schema.standing(of: LedgerStatements.component, on: connection) != .absent else {
            throw AdoptionError.nothingToUndo(schema: schema.name)
        }
        return try connection.transaction { connection in
            let last = try connection.queryOptional(
                AdoptionStatements.lastAdoption(schema),
                as: String.self,
                String?.self,
                String?.self,
                [String].self
            )
            guard let (event, tool, _, versions) = last, event == "migration.adopted" else {
                throw AdoptionError.nothingToUndo(schema: schema.name)
            }
            try checkNothingSince(versions, on: connection)
            try connection.execute(AdoptionStatements.forget(versions, in: schema))
            try Journal(schema: schema)
                .record("migration.adoption_undone", subject: tool ?? "", on: connection)
            return versions
        }
    }

    private func checkNothingSince(_ versions: [String], on connection: Connection) throws {
        let others = try connection.query(
            AdoptionStatements.others(than: versions, in: schema),
            as: String.self,
            String.self
        )
        guard others.isEmpty else {
            let labels = others.map { version, name in
                Migration.Identity(version).map { Migration.label($0, name) } ?? version
            }
            throw AdoptionError.appliedSince(labels)
        }
    }
}
