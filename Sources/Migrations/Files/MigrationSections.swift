import Digests
import Synchronization

/// The sections of a migration, kept or left on the disk.
enum MigrationSections: Hashable, Sendable {
    case kept(up: MigrationSection, down: MigrationSection?)
    case disk(LeftSections)

    var up: MigrationSection {
        switch self {
        case .kept(let up, _): up
        case .disk(let left): left.sections.up
        }
    }

    var down: MigrationSection? {
        switch self {
        case .kept(_, let down): down
        case .disk(let left): left.sections.down
        }
    }
}

/// Sections that are too big to be kept, and are read again when somebody asks for them.
final class LeftSections: Sendable {
    typealias Sections = (up: MigrationSection, down: MigrationSection?)

    private let read: @Sendable () throws -> Migration?
    private let identity: Migration.Identity
    private let path: String
    private let layout: MigrationLayout
    private let checksum: String
    private let hasDown: Bool
    private let downChecksum: String?

    /// The last that was read, of whatever migration: steps are looked at one after the other.
    private static let last = Mutex<(owner: ObjectIdentifier, sections: Sections)?>(nil)

    init(_ migration: Migration, _ read: @escaping @Sendable () throws -> Migration?) {
        self.read = read
        identity = migration.identity
        path = migration.path
        layout = migration.layout
        checksum = migration.checksum
        hasDown = migration.down != nil
        downChecksum = Self.downChecksum(of: migration)
    }

    deinit { Self.forget(ObjectIdentifier(self)) }

    /// What the files hold. Where they are no longer what they were when the folder was read, what comes instead is refused by
    /// every plan.
    var sections: Sections {
        let owner = ObjectIdentifier(self)
        if let last = Self.last.withLock({ $0 }), last.owner == owner { return last.sections }
        // Two big ones are never held at a time.
        Self.last.withLock { $0 = nil }
        let sections = readAgain()
        Self.last.withLock { $0 = (owner, sections) }
        return sections
    }

    private func readAgain() -> Sections {
        let found: Migration?
        do {
            found = try read()
        } catch {
            return unusable("it cannot be read any more: \(error)")
        }
        guard let found, found.identity == identity, found.checksum == checksum,
            Self.downChecksum(of: found) == downChecksum
        else { return unusable("it was changed since the folder was read: run the same command again") }
        return (found.up, found.down)
    }

    private func unusable(_ reason: String) -> Sections {
        let builder = SectionBuilder(source: SourceFile(path: path, text: ""), layout: layout)
        return (builder.unreadable(.up, reason), hasDown ? builder.unreadable(.down, reason) : nil)
    }

    /// Of a file of its own; otherwise that of the whole file says all.
    private static func downChecksum(of migration: Migration) -> String? {
        guard let source = migration.down?.source, source.path != migration.path else { return nil }
        return SHA256.hex(source.bytes)
    }

    private static func forget(_ owner: ObjectIdentifier) {
        last.withLock { if $0?.owner == owner { $0 = nil } }
    }
}

extension LeftSections: Hashable {
    static func == (left: LeftSections, right: LeftSections) -> Bool {
        left.checksum == right.checksum && left.downChecksum == right.downChecksum && left.path == right.path
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(checksum)
    }
}
