/// Which columns of the table that an UPDATE or DELETE writes to are equal to those of a relation in every row that it
/// reaches.
///
/// Whether a statement is held to the rows of its chunk is read from the text alone: from plain equalities in WHERE, in inner
/// joins, in IN, ANY and EXISTS, through sub-selects and common table expressions. What is not understood proves nothing, so
/// an empty answer may be wrong and any other is right.
public struct ChunkJoin: Hashable, Sendable {
    /// The columns that are compared with their namesakes in one and the same row of the relation, with nothing between
    /// but further plain copies of it.
    public let columns: Set<String>

    /// The same where columns of other relations may stand in between: `t.id = other.item AND other.item = chunk.id`. It
    /// is so if those compare as the key itself does; a column of another type or collation may take two keys for one.
    public let bridgedColumns: Set<String>

    /// Reads a write of a statement.
    ///
    /// - Parameters:
    ///   - write: one of ``StatementShape/writes``, to the table whose rows the relation holds.
    ///   - text: the whole statement.
    ///   - key: the columns of the relation, which the table has too.
    ///   - relation: its name, folded.
    public init(
        _ write: StatementShape.Write,
        of text: String,
        key: [String],
        joining relation: String = "chunk"
    ) {
        guard let tokens = try? SignificantTokens(Array(text.utf8)),
            let statement = try? ParsedStatement(tokens),
            let (table, parsed) = statement.writes.first(where: {
                $0.parsed.write.verbRange == write.verbRange
            })
        else {
            (columns, bridgedColumns) = ([], [])
            return
        }
        let reader = QueryReader(relation: relation, columns: key)
        _ = WriteScope(parsed, table: table, of: statement, reader: reader)
        let copies = Set(reader.chunks + [WriteScope.target])
        let direct = reader.equalities.filter { left, right in
            left.column == right.column && copies.contains(left.instance) && copies.contains(right.instance)
        }
        columns = Self.columns(equalBy: direct, key, reader.chunks)
        bridgedColumns = Self.columns(equalBy: reader.equalities, key, reader.chunks)
    }

    /// Those that are equal to the same occurrence of the relation: two occurrences are two rows.
    private static func columns(
        equalBy equalities: [(ColumnTerm, ColumnTerm)],
        _ key: [String],
        _ chunks: [Int]
    ) -> Set<String> {
        let classes = ColumnClasses(equalities)
        let found = chunks.map { chunk in
            Set(
                key.filter { column in
                    classes.areEqual(
                        ColumnTerm(instance: WriteScope.target, column: column),
                        ColumnTerm(instance: chunk, column: column)
                    )
                }
            )
        }
        return found.max { $0.count < $1.count } ?? []
    }
}
