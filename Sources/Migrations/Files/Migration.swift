import Digests
import SQLSyntax

/// A migration as its files describe it.
public struct Migration: Hashable, Sendable {
    /// How often a migration runs.
    public enum Kind: String, Hashable, Sendable {
        /// Once, in the order of versions.
        case versioned
        /// Whenever its text has changed, after the versioned ones (`R__name.sql`).
        case repeatable
    }

    /// What tells one migration from all others.
    public enum Identity: Hashable, Sendable, CustomStringConvertible {
        /// A version.
        case version(MigrationVersion)
        /// The name of a repeatable migration.
        case repeatable(String)

        /// The digits, or `R__name`.
        public var description: String {
            switch self {
            case .version(let version): version.text
            case .repeatable(let name): "R__" + name
            }
        }

        /// Reads what `description` wrote.
        init?(_ text: String) {
            if text.hasPrefix("R__") {
                self = .repeatable(String(text.dropFirst(3)))
            } else {
                guard let version = MigrationVersion(text) else { return nil }
                self = .version(version)
            }
        }
    }

    /// What tells it from all others.
    public let identity: Identity

    /// The name behind the version, possibly empty.
    public let name: String

    /// SHA-256 in hexadecimal of the whole file (of a pair: of its up file, so that a down file can be mended
    /// later), with byte order marks and kinds of line ends evened out. Of a repeatable one with the values of its
    /// placeholders, because it is to run again when one has changed.
    public let checksum: String

    /// The migrations that a squashed one stands for; none for any other.
    public let replaces: [MigrationFingerprint]

    /// The path of the file that applies it.
    public let path: String

    /// What its file asks for on the way up.
    public let options: MigrationOptions

    /// How its files are written.
    public let layout: MigrationLayout

    /// Whether anything runs on the way up. Files without a statement all look alike.
    let hasStatements: Bool

    private let sections: MigrationSections

    init(identity: Identity, name: String, up: MigrationSection, down: MigrationSection?) {
        self.identity = identity
        self.name = name
        replaces = SquashHeader.read(up)
        checksum = SHA256.hex(up.checkedText(identity).bytes.withUnixLineEnds)
        path = up.source.path
        options = up.options
        layout = up.layout
        hasStatements = !up.statements.isEmpty
        sections = .kept(up: up, down: down)
    }

    private init(_ migration: Migration, _ sections: MigrationSections) {
        identity = migration.identity
        name = migration.name
        replaces = migration.replaces
        checksum = migration.checksum
        path = migration.path
        options = migration.options
        layout = migration.layout
        hasStatements = migration.hasStatements
        self.sections = sections
    }

    /// The same migration without its texts, which are read again when they are asked for.
    /// - Parameter read: reads its files again.
    func leftOnDisk(_ read: @escaping @Sendable () throws -> Migration?) -> Migration {
        Migration(self, .disk(LeftSections(self, read)))
    }

    /// What applies it.
    public var up: MigrationSection { sections.up }

    /// What reverts it, if anything does.
    public var down: MigrationSection? { sections.down }

    /// The checksum of the SQL alone: comments, white space and the case of keywords do not count.
    ///
    /// Computed when asked for: it is looked at only when the other one differs, and cutting the text once more for it took
    /// a quarter of the reading of 300 files.
    public var normalizedChecksum: String {
        let (bytes, range) = up.checkedText(identity)
        // What is no SQL is compared byte for byte.
        let hash = try? SHA256.hex { take in try NormalizedText.tell(bytes, in: range, to: take) }
        return hash ?? SHA256.hex(bytes.withUnixLineEnds)
    }

    /// How often it runs.
    public var kind: Kind { version == nil ? .repeatable : .versioned }

    /// Its version, unless it is a repeatable one.
    public var version: MigrationVersion? {
        if case .version(let version) = identity { version } else { nil }
    }

    /// `20261121093000_create_city`, by which messages speak of it.
    public var label: String { Self.label(identity, name) }

    static func label(_ identity: Identity, _ name: String) -> String {
        switch identity {
        case .version(let version): name.isEmpty ? version.text : "\(version.text)_\(name)"
        case .repeatable: identity.description
        }
    }

    /// The section of a direction.
    public func section(_ direction: MigrationDirection) -> MigrationSection? {
        direction == .up ? up : down
    }

    /// Same identity and same texts.
    public static func == (left: Self, right: Self) -> Bool {
        left.identity == right.identity && left.name == right.name && left.checksum == right.checksum
            && left.path == right.path && left.sections == right.sections
    }

    /// Equal migrations hash alike.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(identity)
        hasher.combine(checksum)
    }
}

extension Migration: CustomStringConvertible, CustomReflectable {
    /// Its label, without any text of its files.
    public var description: String { label }

    /// Nothing to look into: values of placeholders may stand in the text.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension MigrationSection {
    /// What a change of is a change of the migration.
    fileprivate func checkedText(_ identity: Migration.Identity) -> (bytes: [UInt8], range: Range<Int>) {
        guard case .version = identity else { return (source.bytes, range) }
        return (
            source.written, source.writtenOffset(range.lowerBound)..<source.writtenOffset(range.upperBound)
        )
    }
}
