package import Postgres

/// What the catalog says about the table that a backfill walks.
package struct SourceTable: Sendable {
    /// A plain table that holds rows of it: the table itself, or one of several.
    package struct Part: Sendable {
        /// Its object id.
        package let oid: Int64
        /// Its name with its schema.
        package let table: Identifier
        /// The number of rows as the statistics have it; 0 when they know nothing.
        package let estimatedRows: Int
        /// Its size, in pages of 8 KiB.
        package let pages: Int
        /// The definition's key in this table.
        package let key: KeyColumns
    }

    /// The table with its schema.
    package let table: Identifier
    /// Its object id.
    package let oid: Int64
    /// The order in which rows are visited, but for those with NULL in their key.
    package let order: WalkOrder
    /// The columns that order the walk, over the table as a whole.
    package let key: KeyColumns
    /// The tables that hold the rows, each walked for itself.
    package let parts: [Part]
    /// Whether the table is one of several: partitioned, or inherited from.
    package let isTree: Bool
    /// The names of all columns.
    package let columns: [String]

    /// The number of rows as the statistics have it; 0 when they know nothing.
    package var estimatedRows: Int { parts.map(\.estimatedRows).reduce(0, +) }
    /// The size of all parts together, in pages of 8 KiB.
    package var pages: Int { parts.map(\.pages).reduce(0, +) }

    /// About how many rows a page holds.
    var rowsPerPage: Int {
        max(1, estimatedRows == 0 ? Self.usualRowsPerPage : estimatedRows / max(1, pages))
    }
    private static let usualRowsPerPage = 50

    /// The walk that the bounds of a range are about; `nil` when its table is not part of this one any more.
    ///
    /// Ranges of runs that an older version began do not know their part: they walk the table as a whole.
    package func walk(of part: RangePart?) -> KeyColumns? {
        guard let part else { return key }
        return parts.first { $0.oid == part.table }?.key.ordered(part.order)
    }
}
