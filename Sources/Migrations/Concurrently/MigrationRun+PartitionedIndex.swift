import Digests
import Postgres
import SQLSyntax

extension MigrationRun {
    /// Builds an index on a partitioned table without keeping anybody out.
    ///
    /// The server refuses `CONCURRENTLY` there. Its manual's way round: an index on the table alone, which is invalid; an
    /// index on each partition, concurrently; each attached, and with the last the whole becomes valid. Every stage looks at
    /// what is there, so one that was interrupted goes on where it was.
    func createPartitionedIndex(
        _ index: IndexCreation,
        named name: String,
        at site: IndexSite,
        _ bare: BareStatement
    ) throws {
        switch site.occupant {
        case .nothing: break
        case .stranger where isAccepted(index), .valid where isAccepted(index): return
        case .stranger: throw other("something that is no index of \(site.table)", at: site, bare)
        case .valid(let definition):
            if !index.ifNotExists, !bare.isRepeated { return try sendWithEvents(bare.index, of: bare.step) }
            return try checkDefinition(index, at: site, found: definition, bare)
        case .invalid: break
        }
        hooks.onEvent(.statementStarted(bare.step, ordinal: bare.ordinal))
        let start = ContinuousClock.now
        try makeWhole(index, at: site, named: name, bare)
        let duration = ContinuousClock.now - start
        hooks.onEvent(.statementFinished(bare.step, ordinal: bare.ordinal, duration: duration))
    }

    /// Makes the index of one partitioned table, and of everything below it.
    private func makeWhole(
        _ index: IndexCreation,
        at site: IndexSite,
        named name: String,
        _ bare: BareStatement
    ) throws {
        if site.occupant == .nothing {
            let create = ConcurrentStatements.create(index, named: name, onlyOn: site.table)
            try sendBriefly(create, bare)
        }
        let parts = try connection.query(
            ConcurrentStatements.partitions(of: site.table, without: site.index),
            as: String.self,
            String.self
        )
        for (position, (table, plainName)) in parts.enumerated() {
            let partName = PartIndexName.of(name, on: plainName)
            try makePart(index, on: table, named: partName, of: site, bare)
            let remaining = parts.count - position - 1
            hooks.onEvent(.partitionIndexed(bare.step, table: table, remaining: remaining))
        }
    }

    private func makePart(
        _ index: IndexCreation,
        on table: String,
        named name: String,
        of whole: IndexSite,
        _ bare: BareStatement
    ) throws {
        // A partition that was dropped meanwhile needs none.
        guard let site = try IndexSite(name, on: table, connection) else { return }
        if site.isPartitioned {
            try makeWhole(index, at: site, named: name, bare)
        } else {
            try makeLeaf(index, at: site, named: name, bare)
        }
        try sendBriefly(ConcurrentStatements.attach(site.index, to: whole.index), bare)
    }

    private func makeLeaf(
        _ index: IndexCreation,
        at site: IndexSite,
        named name: String,
        _ bare: BareStatement
    ) throws {
        switch site.occupant {
        case .stranger: throw other("something that is no index of \(site.table)", at: site, bare)
        case .valid(let definition):
            return try checkDefinition(index, at: site, found: definition, bare)
        case .invalid: try dropInvalidIndex(site.index, bare)
        case .nothing: break
        }
        try sendInstead(ConcurrentStatements.createConcurrently(index, named: name, on: site.table), bare)
    }

    /// For what takes a lock that others queue up behind: with the lock timeout, and again if that was too short.
    private func sendBriefly(_ sql: SQL, _ bare: BareStatement) throws {
        let limit = TransactionOptions(settings: [.init("lock_timeout", lockTimeout(of: bare.step))])
        try retryingLockConflicts(bare.step) {
            try connection.transaction(limit) { _ in try sendInstead(sql, bare) }
        }
    }
}

/// What the index of a partition is called.
enum PartIndexName {
    /// PostgreSQL cuts longer names off without a word.
    private static let longest = 63

    /// Made of both names, always the same for the same two, so that a later run finds it.
    static func of(_ index: String, on partition: String) -> String {
        let full = "\(partition)_\(index)"
        guard full.utf8.count > longest else { return full }
        let hash = SHA256.hex(Array(full.utf8)).prefix(8)
        var beginning = Substring(full)
        while beginning.utf8.count > longest - 9 { beginning = beginning.dropLast() }
        return "\(beginning)_\(hash)"
    }
}
