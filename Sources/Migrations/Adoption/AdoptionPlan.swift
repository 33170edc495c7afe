import Foundation

/// Lays another tool's ledger beside the files.
struct AdoptionPlan {
    /// A migration that counts as applied, with what the other tool knows about it.
    struct Item: Hashable, Sendable {
        let migration: Migration
        var appliedAt: Date?
        var duration: Duration?
    }

    /// What is taken over, in the order of the files.
    private(set) var items: [Item] = []

    /// What the other tool has not applied either, in order.
    private(set) var pending: [Migration] = []

    /// - Throws: `AdoptionError.mismatches` with everything that does not fit.
    init(_ records: [ForeignRecord], files: [Migration]) throws(AdoptionError) {
        var matching = AdoptionMatching(files)
        for record in records { matching.take(record) }
        guard matching.mismatches.isEmpty else { throw .mismatches(matching.mismatches) }
        items = files.compactMap { matching.items[$0.identity] }
        pending = files.filter { matching.items[$0.identity] == nil }
    }
}

/// Finds the file of each record.
private struct AdoptionMatching {
    private let files: [Migration]
    private(set) var items: [Migration.Identity: AdoptionPlan.Item] = [:]
    private(set) var mismatches: [AdoptionMismatch] = []

    init(_ files: [Migration]) {
        self.files = files
    }

    mutating func take(_ record: ForeignRecord) {
        guard record.isFinished else {
            mismatches.append(.unfinished(label(of: record.subject)))
            return
        }
        switch record.subject {
        case .version(let version): takeOne(record, file(version), version)
        case .upTo(let version):
            if file(version) == nil { mismatches.append(.noFile(version.text)) }
            takeAll(upTo: version, record)
        case .baseline(let version): takeAll(upTo: version, record)
        case .repeatable(let description): takeRepeatable(record, description)
        }
    }

    private mutating func takeOne(_ record: ForeignRecord, _ file: Migration?, _ version: MigrationVersion) {
        guard let file else {
            mismatches.append(.noFile(version.text))
            return
        }
        if let checksum = record.checksum, !checksum.matches(file.up.source) {
            mismatches.append(.changed(file: file.up.source.path, label: file.label))
        }
        add(file, record)
    }

    private mutating func takeAll(upTo version: MigrationVersion, _ record: ForeignRecord) {
        for file in files {
            if let own = file.version, own <= version { add(file, record) }
        }
    }

    /// A repeatable file that has changed since is left to be run again, as its tool would do.
    private mutating func takeRepeatable(_ record: ForeignRecord, _ description: String) {
        let file = files.first {
            $0.kind == .repeatable && FlywayFileName.description($0.name) == description
        }
        guard let file else {
            mismatches.append(.noFile("R__" + description))
            return
        }
        if record.checksum?.matches(file.up.source) != false { add(file, record) }
    }

    private mutating func add(_ file: Migration, _ record: ForeignRecord) {
        items[file.identity] = AdoptionPlan.Item(
            migration: file,
            appliedAt: record.appliedAt,
            duration: record.duration
        )
    }

    private func file(_ version: MigrationVersion) -> Migration? {
        files.first { $0.version == version }
    }

    private func label(of subject: ForeignRecord.Subject) -> String {
        switch subject {
        case .version(let version), .upTo(let version), .baseline(let version):
            file(version)?.label ?? version.text
        case .repeatable(let description): "R__" + description
        }
    }
}
