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

    /// Its statements in order.
    public let statements: [Statement]

    /// Its text, the marker line included: what the ledger keeps.
    public var text: String { source.text(range) }

    /// The hash by which a resumed run knows that a statement it has applied is still the same.
    func hash(of statement: Statement) -> String {
        let data = statement.copyData.map { Array(source.bytes[$0]) } ?? []
        return SHA256.hex(Array(statement.text.utf8) + data)
    }
}
