import SQLSyntax

/// In which order repeatable migrations run, and which have to run again after others; told from their texts alone.
struct RepeatableOrder {
    /// A file with the names in it, and in the text that made what is in the database.
    fileprivate struct File {
        let identity: Migration.Identity
        let names: ScriptNames
        let applied: ScriptNames?
    }

    /// In the order in which they run: what a file creates comes before those that use it.
    private let files: [File]

    /// What is in the database by files that are here no more.
    private let orphans: [ScriptNames]

    /// Takes the repeatable ones of some migrations; where nothing else decides, they keep their order.
    /// - Parameter applied: the ledger, for what the files did to the database when they ran last.
    init(_ migrations: [Migration], applied: [AppliedMigration]) {
        var rows = Dictionary(applied.filter { $0.version == nil }.map { ($0.identity, $0) }) { first, _ in
            first
        }
        let files = migrations.filter { $0.kind == .repeatable }.map { migration in
            let old = rows.removeValue(forKey: migration.identity)
            let isSame = old?.upText == migration.up.text
            return File(
                identity: migration.identity,
                names: migration.up.names,
                applied: isSame ? nil : old?.names
            )
        }
        self.files = Self.sort(files).sorted().map { files[$0] }
        orphans = rows.values.map(\.names)
    }

    /// Their order.
    var identities: [Migration.Identity] { files.map(\.identity) }

    private static func sort(_ files: [File]) -> DependencySort<ScriptNames.Use> {
        var sort = DependencySort<ScriptNames.Use>(count: files.count)
        for user in files.indices {
            for maker in files.indices where maker != user {
                for object in files[maker].names.created {
                    if let use = use(of: object, in: files[user].names) { sort.add(user, needs: maker, use) }
                    // Whoever drops what another file makes has to come first, or it would stay dropped.
                    if files[user].drops(object) { sort.add(maker, needs: user, .certain) }
                }
            }
        }
        return sort
    }

    /// What a file makes itself it does not need from another.
    private static func use(of object: ScriptNames.Object, in names: ScriptNames) -> ScriptNames.Use? {
        names.created.contains { $0.mayBe(object) } ? nil : names.use(of: object)
    }

    /// The repeatable migrations that have to run again after a section of a migration, because what they create is dropped by it or
    /// goes with what is dropped; in order.
    ///
    /// Never one that comes before it, so that two files which seem to need each other do not ask for each
    /// other for ever.
    func taken(by section: MigrationSection, of identity: Migration.Identity) -> [Migration.Identity] {
        let place = files.firstIndex { $0.identity == identity }
        let names = place.map { files[$0].names } ?? section.names
        guard !names.dropped.isEmpty else { return [] }
        let later = files[(place.map { $0 + 1 } ?? 0)...]
        var lost = Array(names.dropped)
        var taken: Set<Migration.Identity> = []
        var orphans = orphans
        while let drop = lost.popLast() {
            for file in later where !taken.contains(file.identity) && file.loses(drop) {
                taken.insert(file.identity)
                lost += file.names.lost + (file.applied?.lost ?? [])
            }
            for orphan in orphans where orphan.loses(drop) { lost += orphan.lost }
            orphans.removeAll { $0.loses(drop) }
        }
        return identities.filter(taken.contains)
    }
}

extension RepeatableOrder.File {
    fileprivate func drops(_ object: ScriptNames.Object) -> Bool {
        names.dropped.contains { $0.object.mayBe(object) } && !names.created.contains { $0.mayBe(object) }
    }

    fileprivate func loses(_ drop: ScriptNames.Drop) -> Bool {
        names.loses(drop) || applied?.loses(drop) == true
    }
}

extension ScriptNames {
    /// Whether what a script creates is gone after a drop. What only stands in the body of a routine does not count: the
    /// server does not know of it either.
    fileprivate func loses(_ drop: Drop) -> Bool {
        if created.contains(where: { $0.mayBe(drop.object) }) { return true }
        return drop.cascades && (use(of: drop.object) ?? .deferred) > .deferred
    }

    /// What is gone when what it creates is gone and it runs again.
    fileprivate var lost: [Drop] { created.map { Drop($0, cascades: true) } + dropped }
}

extension AppliedMigration {
    /// What its text creates, drops and speaks of.
    fileprivate var names: ScriptNames {
        let bytes = Array((upText ?? "").utf8)
        return ScriptNames((try? StatementSplitter.split(bytes)) ?? [], in: bytes)
    }
}

extension MigrationSection {
    /// What it creates, drops and speaks of.
    fileprivate var names: ScriptNames { ScriptNames(statements, in: source.bytes) }
}
