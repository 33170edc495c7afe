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

    /// What was applied and has no file and needs none, as people know it.
    private(set) var withoutFile: [String] = []

    /// - Throws: `AdoptionError.mismatches` with everything that does not fit.
    init(
        _ records: [ForeignRecord],
        of tool: MigrationTool,
        files: [Migration],
        resolutions: [AdoptionResolution] = []
    ) throws(AdoptionError) {
        var matching = AdoptionMatching(tool, files, resolutions)
        for record in records { matching.take(record) }
        matching.finish()
        guard matching.mismatches.isEmpty else { throw .mismatches(matching.mismatches) }
        items = files.compactMap { matching.items[$0.identity] }
        withoutFile = matching.withoutFile
        pending = files.filter { matching.items[$0.identity] == nil }
    }
}

/// Finds the file of each record.
private struct AdoptionMatching {
    private let tool: MigrationTool
    private let files: [Migration]
    /// Those that nothing was found for yet.
    private var resolutions: [AdoptionResolution]
    private(set) var items: [Migration.Identity: AdoptionPlan.Item] = [:]
    private(set) var mismatches: [AdoptionMismatch] = []
    private(set) var withoutFile: [String] = []

    init(_ tool: MigrationTool, _ files: [Migration], _ resolutions: [AdoptionResolution]) {
        self.tool = tool
        self.files = files
        self.resolutions = resolutions
    }

    mutating func take(_ record: ForeignRecord) {
        guard record.isFinished else { return takeUnfinished(record) }
        switch record.subject {
        case .version(let version): takeOne(record, file(version), version)
        case .upTo(let version):
            if file(version) == nil { mismatches.append(.noFile(version.text)) }
            takeAll(record) { $0 <= version }
        case .baseline(let version): takeAll(record) { $0 <= version }
        case .repeatable(let description): takeRepeatable(record, description)
        }
    }

    private mutating func takeUnfinished(_ record: ForeignRecord) {
        let (label, identity) = name(of: record.subject)
        guard let index = resolutions.firstIndex(where: { $0.identity == identity }) else {
            mismatches.append(.unfinished(label: label, identity, tool))
            return
        }
        switch (resolutions.remove(at: index).outcome, record.subject) {
        case (.applied, _):
            // The file may have been mended since, so what was kept of it says nothing.
            var settled = ForeignRecord(subject: record.subject, appliedAt: record.appliedAt)
            settled.program = record.program
            take(settled)
        case (.notApplied, .upTo(let version)): takeAll(record) { $0 < version }
        case (.notApplied, _): return
        }
    }

    /// Says of what nothing was found.
    mutating func finish() {
        mismatches += resolutions.map(AdoptionMismatch.notUnfinished)
    }

    private mutating func takeOne(_ record: ForeignRecord, _ file: Migration?, _ version: MigrationVersion) {
        guard let file else { return noteMissing(record, version.text) }
        if let checksum = record.checksum, !checksum.matches(file.up.source) {
            mismatches.append(.changed(file: file.path, label: file.label))
        }
        add(file, record)
    }

    private mutating func takeAll(_ record: ForeignRecord, where isTaken: (MigrationVersion) -> Bool) {
        for file in files {
            if let version = file.version, isTaken(version) { add(file, record) }
        }
    }

    /// A repeatable file that has changed since is left to be run again, as its tool would do.
    private mutating func takeRepeatable(_ record: ForeignRecord, _ description: String) {
        guard let file = file(describedBy: description) else {
            return noteMissing(record, "R__" + description)
        }
        if record.checksum?.matches(file.up.source) != false { add(file, record) }
    }

    private mutating func noteMissing(_ record: ForeignRecord, _ version: String) {
        guard let program = record.program else { return mismatches.append(.noFile(version)) }
        withoutFile.append(version.hasPrefix("R__") ? version : "\(version) \(program)")
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

    private func file(describedBy description: String) -> Migration? {
        files.first { $0.kind == .repeatable && FlywayFileName.description($0.name) == description }
    }

    /// How people know it, and how they name it to us.
    private func name(of subject: ForeignRecord.Subject) -> (label: String, Migration.Identity) {
        switch subject {
        case .version(let version), .upTo(let version), .baseline(let version):
            return (file(version)?.label ?? version.text, .version(version))
        case .repeatable(let description):
            let name = file(describedBy: description)?.name ?? description.replacing(" ", with: "_")
            return ("R__" + name, .repeatable(name))
        }
    }
}
