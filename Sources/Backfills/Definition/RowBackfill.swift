public import Bulk
public import Postgres

/// A backfill whose rows are computed in Swift.
///
/// The source rows are streamed through a server-side cursor, handed to ``transform(_:into:)`` one by one and what it
/// writes goes to the sink, chunk by chunk, each in one transaction with its checkpoint. Use it where SQL cannot
/// express the work; a SQL backfill is shorter and faster where it can.
///
/// ```swift
/// struct SplitAlternateNames: RowBackfill {
///     let name = "split_alternate_names"
///     let source = Source(table: "city", key: "id", columns: "id", "alternate_names")
///     let sink = Sink.upsert(into: "city_name", columns: ["city_id", "name"], conflict: ["city_id", "name"], onConflict: .doNothing)
///
///     func transform(_ row: Row, into output: inout Output) throws {
///         let (id, names) = try row.decode(Int64.self, String.self)
///         for name in names.split(separator: "|") { try output.write(id, String(name)) }
///     }
/// }
/// ```
public protocol RowBackfill: Sendable {
    /// Its name, by which everything else refers to it.
    var name: String { get }
    /// Counts up when the transform changes, so that a run begun with the old one is not continued with the new.
    var version: Int { get }
    /// Where the rows come from.
    var source: Source { get }
    /// Where the output goes.
    var sink: Sink { get }
    /// A query that must return 0 when all is done; `nil` leaves a finished run unverified.
    var verification: String? { get }

    /// Turns one source row into any number of output rows.
    ///
    /// It may be called again for the same row: when the row changed between reading and writing, and when a chunk is
    /// tried again. So it must depend on the row alone.
    ///
    /// - Throws: anything; the run then stops and names the row.
    func transform(_ row: Row, into output: inout Output) throws
}

extension RowBackfill {
    /// The first version.
    public var version: Int { 1 }
    /// No verification.
    public var verification: String? { nil }

    /// The definition that the engine works with.
    ///
    /// - Throws: ``BackfillError/malformedType(_:reason:)`` when the source's table is no name.
    public func definition() throws(BackfillError) -> Backfill {
        let table: Identifier
        do {
            table = try Identifier(parsing: source.table)
        } catch {
            throw .malformedType("\(Self.self)", reason: "\(error)")
        }
        return Backfill(
            name: name,
            table: table,
            key: source.key,
            condition: source.condition.map { SQLText($0) },
            verification: verification.map { SQLText($0) },
            work: .rows(self),
            limits: source.limits
        )
    }

    var definitionText: String {
        "\(Self.self) version \(version)\ncolumns: \(source.columns.joined(separator: ", "))\nsink: \(sink)"
    }
}

/// Where the rows of a ``RowBackfill`` come from.
public struct Source: Sendable {
    /// The table's name as SQL writes it: `city`, `public.city`, `"City"`.
    public let table: String
    /// The columns that order the walk; empty means the primary key.
    public let key: [String]
    /// What `transform` gets to see, in this order: column names.
    public let columns: [String]
    /// Which rows need work, as a SQL condition.
    public let condition: String?
    /// The limits of each chunk's transaction.
    public let limits: ChunkLimits

    /// Describes a source.
    ///
    /// - Parameters:
    ///   - table: the table's name as SQL writes it: `city`, `public.city`, `"City"`.
    ///   - key: the columns that order the walk, separated by commas.
    ///   - columns: what `transform` gets to see.
    ///   - condition: which rows need work, for instance `search_name IS NULL`.
    public init(
        table: String,
        key: String,
        columns: String...,
        where condition: String? = nil,
        limits: ChunkLimits = ChunkLimits()
    ) {
        self.table = table
        self.key = key.split(separator: ",").map { String($0).trimmingSpaces }
        self.columns = columns
        self.condition = condition
        self.limits = limits
    }
}

extension String {
    /// The text without spaces and tabs at its ends.
    var trimmingSpaces: String {
        var slice = self[...]
        while let last = slice.last, last.isWhitespace { slice.removeLast() }
        return String(slice.drop { $0.isWhitespace })
    }
}
