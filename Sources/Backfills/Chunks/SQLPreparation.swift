import Control
import Postgres

/// Prepares the statement of a SQL backfill for the table of a range: which tables it is about, how its chunks are written,
/// whether its plan is fit for chunks.
struct SQLPreparation {
    private let context: RunContext
    private let statement: SQLText
    private let key: KeyColumns
    private let range: ClaimedRange
    private(set) var pace: Pace

    init(
        _ context: RunContext,
        _ statement: SQLText,
        _ key: KeyColumns,
        _ range: ClaimedRange,
        _ pace: Pace
    ) {
        (self.context, self.statement, self.key, self.range, self.pace) =
            (context, statement, key, range, pace)
    }

    /// The work, ready for chunks.
    ///
    /// - Throws: ``BackfillError/readsWholeTable(backfill:table:node:plan:)`` when no size is small enough.
    mutating func work(on connection: Connection) throws -> SQLWork {
        var work =
            try pace.work(on: key)
            ?? SQLWork(
                context.backfill,
                statement: statement,
                source: context.source,
                key: key,
                limit: pace.size,
                on: connection
            )
        work.meaning = context.run.settings
        work.limit = pace.size
        pace.keep(work)
        work.path = try path(of: work, on: connection)
        while pace.wantsFirstLook, pace.narrowed == nil, try !planIsFine(for: work, on: connection) {
            work.limit = pace.size
        }
        return work
    }

    /// Whether the chunks are single statements is decided when the table is new to the worker and when chunks suddenly
    /// take longer.
    private mutating func path(of work: SQLWork, on connection: Connection) throws -> ChunkPath {
        guard pace.narrowed == nil else { return .twoSteps(reason: "one row is looked for") }
        if let known = pace.path(of: work.key.table) { return known }
        let chooser = PathChooser(limits: context.backfill.limits)
        let path = try chooser.path(of: work, range, on: connection)
        pace.choose(path, for: work.key.table)
        context.report(.path(path))
        try RunStore(schema: context.schema, on: connection).record(path, of: context.run.id)
        return path
    }

    /// Looks at the plan before the first chunk, when the table is new to the worker, and when chunks suddenly took longer; a
    /// size whose plan reads the whole table is not used.
    private mutating func planIsFine(for work: SQLWork, on connection: Connection) throws -> Bool {
        let planGuard = PlanGuard(source: context.source, limits: context.backfill.limits)
        let finding = try planGuard.inspect(work, range, on: connection)
        guard case .wholeTable(let node, let plan) = finding else {
            pace.inspected(work.limit)
            return true
        }
        guard pace.sizer.cap(below: work.limit) else {
            throw BackfillError.readsWholeTable(
                backfill: context.backfill.name,
                table: context.source.table,
                node: node,
                plan: plan
            )
        }
        return false
    }
}
