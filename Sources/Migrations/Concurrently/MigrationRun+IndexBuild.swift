import Postgres
import SQLSyntax

extension MigrationRun {
    /// Builds an index concurrently so that what is there afterwards is a valid index of this definition.
    ///
    /// "If a problem arises while scanning the table ... the command will fail but leave behind an invalid
    /// index": a leftover would make the next attempt fail with "already exists", or be taken for done with
    /// `IF NOT EXISTS`.
    func createIndex(_ index: IndexCreation, _ bare: BareStatement) throws {
        guard let name = index.name, let site = try IndexSite(name, on: index.table, connection) else {
            return try sendWithEvents(bare.index, of: bare.step)
        }
        if site.isPartitioned, !index.isOnly {
            try createPartitionedIndex(index, named: name, at: site, bare)
        } else if try !isDone(index, at: site, bare) {
            try sendWithEvents(bare.index, of: bare.step)
        }
        try checkIndex(name, on: index.table, bare)
    }

    /// Makes room for the index; true when it is there already.
    private func isDone(_ index: IndexCreation, at site: IndexSite, _ bare: BareStatement) throws -> Bool {
        switch site.occupant {
        case .nothing: return false
        case .invalid(nil):
            try dropInvalidIndex(site.index, bare)
            return false
        case .invalid(let builder?):
            let reason = MigrationFailure.Reason.indexUnderConstruction(
                name: site.index,
                pid: builder,
                file: bare.file,
                line: bare.statement.line
            )
            throw StepFailure(reason)
        case .valid(let definition):
            // Without IF NOT EXISTS the server itself says that the name is taken.
            guard index.ifNotExists || bare.mayBeDone else { return false }
            if isAccepted(index) { return false }
            try checkDefinition(index, at: site, found: definition, bare)
            if bare.mayBeDone { hooks.onEvent(.foundDone(bare.step, ordinal: bare.ordinal)) }
            return bare.mayBeDone
        case .stranger:
            guard index.ifNotExists, !isAccepted(index) else { return false }
            throw other("something that is no index of \(site.table)", at: site, bare)
        }
    }

    /// Whether the server is to pass over whatever has the name.
    func isAccepted(_ index: IndexCreation) -> Bool {
        index.ifNotExists && configuration.existingIndex == .accept
    }

    /// An index that only has the name is not what was asked for.
    func checkDefinition(
        _ index: IndexCreation,
        at site: IndexSite,
        found: String,
        _ bare: BareStatement
    ) throws {
        guard let wanted = wantedDefinition(index, of: site.table),
            IndexDefinition(found) != IndexDefinition(wanted)
        else { return }
        throw other(found, at: site, bare)
    }

    func other(_ found: String, at site: IndexSite, _ bare: BareStatement) -> StepFailure {
        let (file, line) = (bare.file, bare.statement.line)
        return StepFailure(.otherIndex(name: site.index, found: found, file: file, line: line))
    }

    /// The definition in the server's own words; nil where it cannot be tried on an empty copy of the table.
    private func wantedDefinition(_ index: IndexCreation, of table: String) -> String? {
        try? connection.rolledBackTransaction { connection in
            try connection.execute(ConcurrentStatements.makeProbe(like: table))
            try connection.execute(ConcurrentStatements.createOnProbe(index))
            return try connection.queryOne(ConcurrentStatements.probeDefinition, as: String.self)
        }
    }

    private func checkIndex(_ name: String, on table: String, _ bare: BareStatement) throws {
        guard let site = try IndexSite(name, on: table, connection) else { return }
        if case .invalid = site.occupant {
            throw StepFailure(.invalidIndex(name: site.index, file: bare.file, line: bare.statement.line))
        }
    }
}

/// What matters of an index definition: all but the names of the index and its table.
struct IndexDefinition: Equatable {
    private let isUnique: Bool
    private let rest: Substring

    /// Takes what `pg_get_indexdef` wrote.
    init(_ text: String) {
        isUnique = text.hasPrefix("CREATE UNIQUE")
        rest = text.firstRange(of: " USING ").map { text[$0.lowerBound...] } ?? text[...]
    }
}
