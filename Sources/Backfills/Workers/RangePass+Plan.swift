import Control
import Postgres

/// What a pass learns from plans before it runs a chunk.
extension RangePass {
    /// Looks at the plan when the size has doubled since it was last looked at, and when chunks suddenly took longer; a
    /// size whose plan reads the whole table is not used.
    ///
    /// - Throws: ``BackfillError/readsWholeTable(backfill:table:node:plan:)`` when no size is small enough.
    func planIsFine(for work: SQLWork) async throws -> Bool {
        guard case .adaptive = context.options.sizing, work.limit >= 2 * pace.inspectedSize else {
            return true
        }
        let planGuard = PlanGuard(source: context.source, limits: context.backfill.limits)
        let finding = try await session.withConnection { [range] in
            try planGuard.inspect(work, range, on: $0)
        }
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

    /// Whether the chunks are single statements is decided when the table is new to the worker and when chunks suddenly
    /// take longer.
    func path(for work: SQLWork) async throws -> ChunkPath {
        if let known = pace.path(of: work.key.table) { return known }
        let chooser = PathChooser(limits: context.backfill.limits)
        let path = try await session.withConnection { [range] in try chooser.path(of: work, range, on: $0) }
        pace.choose(path, for: work.key.table)
        context.report(.path(path))
        let run = context.run.id
        try await context.onControlTables(of: session) { try $0.record(path, of: run) }
        return path
    }
}
