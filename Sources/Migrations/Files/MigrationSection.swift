import Digests

public import Postgres
public import SQLSyntax

/// The statements that apply a migration, or those that revert it.
public struct MigrationSection: Hashable, Sendable {
    /// Which of the two.
    public let direction: MigrationDirection

    /// The file it stands in.
    public let source: SourceFile

    /// Its bytes in the file, the marker line included.
    public let range: Range<Int>

    /// What the marker line asks for.
    public let options: MigrationOptions

    /// Its statements in order, without the `BEGIN` and `COMMIT` of a file that wraps all of itself in them:
    /// the transaction of the migration takes their place.
    public let statements: [Statement]

    /// How the file is written.
    public let layout: MigrationLayout

    /// Why it cannot be run here, if so.
    public let obstacle: SectionObstacle?

    init(
        direction: MigrationDirection,
        source: SourceFile,
        range: Range<Int>,
        options: MigrationOptions,
        statements: [Statement],
        layout: MigrationLayout = .native,
        obstacle: SectionObstacle? = nil
    ) {
        self.direction = direction
        self.source = source
        self.range = range
        var (options, statements) = (options, statements)
        if options.transactionMode == .perFile {
            let removed = OwnTransaction.removed(from: statements)
            statements = removed.statements
            options.isolation = options.isolation ?? removed.isolation
        }
        (self.options, self.statements) = (options, statements)
        self.layout = layout
        self.obstacle = obstacle
    }

    /// Its text, the marker line included: what the ledger keeps.
    public var text: String { source.writtenText(range) }

    /// Its text for the server, which is not copied for it.
    var textParameter: Parameter {
        let (start, end) = (source.writtenOffset(range.lowerBound), source.writtenOffset(range.upperBound))
        return Parameter(textIn: source.written, start..<max(start, end))
    }

    /// The text of one of its statements as it stands in the file, placeholders and all.
    public func text(of statement: Statement) -> String { source.writtenText(statement.range) }

    /// The hash by which a resumed run knows that a statement it has applied is still the same.
    func hash(of statement: Statement) -> String {
        SHA256.hex(statement.bytes, statement.copyData.map { source.bytes[$0] } ?? [])
    }

    /// A text from which the section can be read again without its file, whatever layout it came from.
    var nativeText: String {
        guard layout != .native else { return text }
        let option =
            options.transactionMode == .perStatement
            ? " transaction:false" : options.isolation.map { " isolation:\($0.word)" } ?? ""
        let lines = statements.map { statement in
            statement.text + ";\n" + (statement.copyData.map { source.text($0) + "\\.\n" } ?? "")
        }
        return "-- migrate:\(direction.rawValue)\(option)\n" + lines.joined()
    }
}

extension MigrationSection: CustomStringConvertible, CustomReflectable {
    /// `up of migrations/1_create_city.sql`, without the text.
    public var description: String { "\(direction.rawValue) of \(source)" }

    /// Nothing to look into: values of placeholders may stand in the text.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension TransactionOptions.Isolation {
    /// As it stands on a marker line: `repeatable-read`.
    public var word: String { rawValue.lowercased().replacing(" ", with: "-") }

    /// Reads a ``word``; nil for anything else.
    public init?(word: String) {
        guard word == word.lowercased() else { return nil }
        self.init(rawValue: word.uppercased().replacing("-", with: " "))
    }
}
