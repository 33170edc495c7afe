public import Postgres

/// What can be wrong with a backfill or its run.
public enum BackfillError: Error, Sendable {
    case folderMissing(String)
    case malformedFile(path: String, line: Int, reason: String)
    case malformedType(String, reason: String)
    case duplicateName(String, first: String, second: String)
    case unknownName(String, nearest: [String], known: [String])
    case tableMissing(backfill: String, table: Identifier, nearest: [String])
    case notATable(backfill: String, table: Identifier)
    case columnMissing(backfill: String, table: Identifier, column: String, nearest: [String])
    case nullableKey(backfill: String, table: Identifier, column: String)
    case unorderedKey(backfill: String, table: Identifier, column: String, type: String)
    case noKey(backfill: String, table: Identifier)
    case noIndex(backfill: String, table: Identifier, columns: [String])
    case keyNotUnique(backfill: String, table: Identifier, columns: [String])
    case foreignPart(backfill: String, table: Identifier, part: Identifier)
    case placeWalkRefused(backfill: String, table: Identifier, rows: String, reason: String)
    case conditionRemains(backfill: String, table: Identifier, rows: Int)
    case rowsRemain(backfill: String, table: Identifier, rows: Int, passes: Int)
    case unusableStatement(backfill: String, place: String, reason: String)
    case statementRefused(backfill: String, place: String, error: ServerError)
    case statementFailed(backfill: String, place: String, error: ServerError)
    case rowFailed(backfill: String, key: String, reason: String)
    case readsWholeTable(backfill: String, table: Identifier, node: String, plan: String)
    case rowRefused(backfill: String, key: String, reason: String)
    case neverRun(String)
    case notUnfinished(String, state: RunState)
    case notCompleted(String, state: RunState)
    case definitionChanged(String, run: Int64)
    case tableReplaced(backfill: String, table: Identifier, run: Int64)
    case tableTruncated(backfill: String, table: Identifier, run: Int64)
    case runElsewhere(String, schema: String, state: RunState)
    case foreignControlTables(String, found: String, here: String)
    case keptFailing(backfill: String, attempts: Int, error: any Error, inTheWay: String?)
    case chunkTimedOut(backfill: String, interval: String, limit: String)
    case cannotFollow(backfill: String, table: Identifier)
    case reachesFurther(backfill: String, place: String, reason: String)
    case writesNotCounted(backfill: String)
    case verificationStopped(backfill: String, reason: String)
    case verificationUnreadable(backfill: String, place: String, reason: String)
}

extension BackfillError: CustomStringConvertible {
    /// What is wrong, with what, and what to do next.
    public var description: String {
        switch self {
        case .folderMissing(let path):
            "There is no folder \"\(path)\" with backfills. Create it with caisson init, or name another with --backfills DIR."
        case .malformedFile(let path, let line, let reason):
            "\(path):\(line): \(reason)."
        case .malformedType(let type, let reason):
            "The backfill type \(type): \(reason)"
        case .duplicateName(let name, let first, let second):
            "Two backfills are named \(name): \(first) and \(second). Rename one of them."
        case .unknownName(let name, let nearest, let known):
            Self.unknownName(name, nearest, known)
        case .neverRun(let name):
            "The backfill \(name) was never run here. Start it with: caisson backfill run \(name)"
        case .notUnfinished(let name, let state):
            "The backfill \(name) is \(state.rawValue). Start it anew with: caisson backfill run \(name) --restart"
        case .notCompleted(let name, let state):
            "The backfill \(name) is \(state.rawValue), so there is nothing to verify yet. Finish it with: caisson backfill run \(name)"
        default: tableDescription ?? runDescription
        }
    }

    private static func unknownName(_ name: String, _ nearest: [String], _ known: [String]) -> String {
        let hint =
            nearest.isEmpty
            ? known.isEmpty
                ? "There are none yet; create one with: caisson backfill new NAME"
                : "There are: \(known.listed)."
            : "Did you mean \(nearest.joined(separator: ", "))?"
        return "There is no backfill named \(name). \(hint)"
    }

    private var tableDescription: String? {
        switch self {
        case .tableMissing(let backfill, let table, let nearest):
            "Backfill \(backfill): there is no table \(table)\(Self.meant(nearest)). "
                + "If a migration creates it, run first: caisson migrate up"
        case .notATable(let backfill, let table):
            "Backfill \(backfill): \(table) is not a table; name the table below it in \"table:\"."
        case .columnMissing(let backfill, let table, let column, let nearest):
            "Backfill \(backfill): the table \(table) has no column \(column)\(Self.meant(nearest)). "
                + "Correct \"key:\" in its definition."
        case .nullableKey(let backfill, let table, let column):
            "Backfill \(backfill): the key column \(column) of \(table) allows NULL, and a walk in key order would pass "
                + "over such rows. Choose another key, or: ALTER TABLE \(table) ALTER COLUMN \(column) SET NOT NULL; or have "
                + "them walked at the end, with \"nulls: last-range\" in the definition"
        case .unorderedKey(let backfill, let table, let column, let type):
            "Backfill \(backfill): the key column \(column) (\(type)) of \(table) has no order that tells all its values "
                + "apart. Choose another key."
        case .noKey(let backfill, let table):
            "Backfill \(backfill): the table \(table) has no primary key and no unique index on NOT NULL columns. Name "
                + "indexed NOT NULL columns with \"key:\"; or, in a SQL file, add \"where:\" with a condition that a row no "
                + "longer fulfils once it is done, and the table is walked by the places of its rows."
        case .noIndex(let backfill, let table, let columns):
            "Backfill \(backfill): no btree index of \(table) begins with (\(columns.joined(separator: ", "))), so every "
                + "chunk would read the whole table. Choose another key, or: CREATE INDEX CONCURRENTLY ON \(table) "
                + "(\(columns.joined(separator: ", ")))"
        case .keyNotUnique(let backfill, let table, let columns):
            "Backfill \(backfill): (\(columns.joined(separator: ", "))) is not unique in \(table), which a backfill in "
                + "Swift needs to tell its rows apart. Choose a unique key."
        case .foreignPart(let backfill, let table, let part):
            "Backfill \(backfill): \(part) is a foreign table and part of \(table); its rows cannot be locked from here. "
                + "Detach it, or name another part in \"table:\" and run the backfill once for each."
        case .tableReplaced(let backfill, let table, let run):
            "Backfill \(backfill): \(table) is not the table that its run \(run) began with: that one was dropped, or has "
                + "another name by now, and rows of this one were not met. Go on once the old one has its name again: "
                + "caisson backfill run \(backfill); or begin anew with this one: caisson backfill run \(backfill) --restart"
        case .tableTruncated(let backfill, let table, let run):
            "Backfill \(backfill): \(table) was emptied by TRUNCATE since its run \(run) began, and rows that came into it "
                + "afterwards were not all met. Begin anew: caisson backfill run \(backfill) --restart; if instead every row "
                + "was written anew behind a VACUUM FULL, go on: caisson backfill run \(backfill) --accept-change"
        case .placeWalkRefused(let backfill, let table, let rows, let reason):
            "Backfill \(backfill): \(rows) of \(table) can be visited only by the places where they lie: \(reason); "
                + "then: caisson backfill run \(backfill)"
        default: nil
        }
    }

    private var runDescription: String {
        switch self {
        case .unusableStatement(let backfill, let place, let reason):
            "Backfill \(backfill): \(place): \(reason)."
        case .statementRefused(let backfill, let place, let error):
            "Backfill \(backfill): \(error)\n\(place)\n"
                + "Nothing was run. Correct the definition, then: caisson backfill run \(backfill)"
        case .statementFailed(let backfill, let place, let error):
            "Backfill \(backfill): \(error)\n\(place)\n"
                + "The chunk was rolled back, what was done before is kept. Mend the cause, then go on with: "
                + "caisson backfill run \(backfill)"
        case .readsWholeTable(let backfill, let table, let node, let plan):
            "Backfill \(backfill): the plan of its statement reads all of \(table) for every chunk (\(node)), even for a "
                + "hundred keys:\n\(plan.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n"))\n"
                + "What was done before is kept. Often an ANALYZE \(table) or an index on the joined columns is missing. "
                + "Then: caisson backfill run \(backfill); to run it all the same, give a --chunk-size"
        case .rowFailed(let backfill, let key, let reason), .rowRefused(let backfill, let key, let reason):
            "Backfill \(backfill): the row with key \(key) cannot be applied: \(reason)\n"
                + "What was done before it is kept. Mend the row or the definition, then: caisson backfill run "
                + "\(backfill); or record such rows and go on: caisson backfill run \(backfill) --max-skipped 100"
        case .conditionRemains(let backfill, let table, let rows):
            "Backfill \(backfill): after the statement \(rows) of the chunk's rows of \(table) still fulfil \"where:\". Where rows "
                + "are visited by their places they would be applied again. The chunk was rolled back. Make the condition "
                + "one that every row it lets through fulfils no longer, then: caisson backfill run \(backfill) --accept-change"
        case .cannotFollow(let backfill, let table):
            "Backfill \(backfill): the rows of \(table) are visited by their places, where new ones may lie anywhere, so "
                + "there is nothing to follow. Without --follow all rows that fulfil \"where:\" at the end are met: "
                + "caisson backfill run \(backfill)"
        case .rowsRemain(let backfill, let table, let rows, let passes):
            "Backfill \(backfill): after \(passes) passes \(rows) rows of \(table) still fulfil \"where:\", because the "
                + "application goes on writing such rows. Have it write them right, then: caisson backfill run \(backfill)"
        case .definitionChanged(let name, let run):
            "The definition of backfill \(name) changed since its run \(run) began, and part of the rows are made by the "
                + "old one. Go on with the new one: caisson backfill run \(name) --accept-change; begin anew: "
                + "caisson backfill run \(name) --restart"
        case .foreignControlTables(let name, let found, let here):
            "The run of backfill \(name) was recorded on another cluster or in another database (\(found), this is \(here)): these tables are a "
                + "copy. If it is to go on here: caisson backfill run \(name) --adopt"
        case .runElsewhere(let name, let schema, let state):
            "The schema \"\(schema)\" has a run of backfill \(name) over this very table, which is \(state.rawValue). Nothing was "
                + "changed. Go on with it: caisson backfill run \(name) --schema \(Identifier(schema)); or begin another one here: "
                + "caisson backfill run \(name) --restart"
        case .keptFailing(let backfill, let attempts, let error, let inTheWay):
            "Backfill \(backfill): gave up after \(attempts) attempts at the same chunk: \(error)\n"
                + (inTheWay.map { $0 + "\n" } ?? "")
                + "What was done before is kept. Go on with: caisson backfill run \(backfill)"
        case .chunkTimedOut(let backfill, let interval, let limit):
            "Backfill \(backfill): even the single row at \(interval) takes longer than \(limit). Raise "
                + "\"statement-timeout:\" in the definition, then: caisson backfill run \(backfill)"
        case .reachesFurther(let backfill, let place, let reason):
            "Backfill \(backfill): \(place): \(reason). The chunk was rolled back, what was done before is kept."
        case .writesNotCounted(let backfill):
            "Backfill \(backfill): track_counts is off in this session, so nobody can tell what a trigger writes to the walked "
                + "table. Set it on for the role: ALTER ROLE name SET track_counts = on; then: caisson backfill run \(backfill)"
        case .verificationStopped(let backfill, let reason):
            "Backfill \(backfill): all ranges are done, but the run was not verified. \(reason)\n"
                + "Verify it with: caisson backfill verify \(backfill)"
        case .verificationUnreadable(let backfill, let place, let reason):
            "Backfill \(backfill): the verify query must return one row with one integer: \(reason)\n\(place)\n"
                + "Correct it, then: caisson backfill verify \(backfill)"
        default: "Backfill failed."
        }
    }

    private static func meant(_ nearest: [String]) -> String {
        nearest.isEmpty ? "" : " (did you mean \(nearest.joined(separator: ", "))?)"
    }
}
