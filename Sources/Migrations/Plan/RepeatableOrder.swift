import SQLSyntax

/// In which order repeatable migrations run, and which have to run again after others; told from their texts alone.
struct RepeatableOrder {
    /// A file with the names in it.
    fileprivate struct File {
        let identity: Migration.Identity
        let names: ScriptNames
    }

    /// In the order in which they run: what a file creates comes before those that use it.
    private let files: [File]

    /// Takes the repeatable ones of some migrations; where nothing else decides, they keep their order.
    init(_ migrations: [Migration]) {
        let files = migrations.filter { $0.kind == .repeatable }.map {
            File(identity: $0.identity, names: $0.names)
        }
        self.files = Self.sort(files).sorted().map { files[$0] }
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

    /// The repeatable migrations that have to run again after a migration, because what they create is dropped by it or
    /// goes with what is dropped; in order.
    ///
    /// Never one that comes before it, so that two files which seem to need each other do not ask for each
    /// other for ever.
    func taken(by migration: Migration) -> [Migration.Identity] {
        let place = files.firstIndex { $0.identity == migration.identity }
        let names = place.map { files[$0].names } ?? migration.names
        guard !names.dropped.isEmpty else { return [] }
        let later = files[(place.map { $0 + 1 } ?? 0)...]
        var lost = Array(names.dropped)
        var taken: Set<Migration.Identity> = []
        while let drop = lost.popLast() {
            for file in later where !taken.contains(file.identity) && file.loses(drop) {
                taken.insert(file.identity)
                lost += file.names.created.map { ScriptNames.Drop($0, cascades: true) } + file.names.dropped
            }
        }
        return identities.filter(taken.contains)
    }
}

extension RepeatableOrder.File {
    fileprivate func drops(_ object: ScriptNames.Object) -> Bool {
        names.dropped.contains { $0.object.mayBe(object) } && !names.created.contains { $0.mayBe(object) }
    }

    /// Whether what it creates is gone after a drop. What only stands in the body of a routine does not count: the
    /// server does not know of it either.
    fileprivate func loses(_ drop: ScriptNames.Drop) -> Bool {
        if names.created.contains(where: { $0.mayBe(drop.object) }) { return true }
        return drop.cascades && (names.use(of: drop.object) ?? .deferred) > .deferred
    }
}

extension Migration {
    /// What its way up creates, drops and speaks of.
    fileprivate var names: ScriptNames { ScriptNames(up.statements, in: up.source.bytes) }
}
