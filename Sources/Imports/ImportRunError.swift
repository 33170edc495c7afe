import Bulk
public import Control
import Postgres

/// Why an import cannot go on, or not to its end.
public enum ImportRunError: Error, Sendable {
    /// The file is not the one that the stored rows came from.
    case fileChanged(file: String, target: String, run: ImportRun)
    /// The options are others than those that the stored rows were read with.
    case optionsChanged(file: String, target: String, run: ImportRun)
    /// The file was imported but for some rows, and looks as if these were corrected in it.
    case corrected(file: String, target: String, run: ImportRun)
    /// The tables of another schema know of an import of this file into this table.
    case importElsewhere(file: String, target: String, schema: String, run: ImportRun)
    /// Another process imports the same file into the same table.
    case ownedByAnother(file: String, target: String)
    /// Rows cannot be left out of an import into a table with a foreign key to itself.
    case cannotSkip(table: String)
    /// The role may not make the control tables that an import in chunks needs.
    case noControlTables(ControlError)
    /// The record of the import is gone from the control tables while it ran.
    case recordGone(file: String, target: String)
    /// A statement has waited too long for a lock, again and again.
    case blocked(cause: any Error, BlockerReport)
    /// It stopped; the rows before were stored.
    case stopped(cause: any Error, rows: Int, line: Int)
}

extension ImportRunError: CustomStringConvertible {
    /// What is wrong, what is stored, and what to do.
    public var description: String {
        switch self {
        case .fileChanged(let file, let target, let run):
            """
            \(file) has changed before line \(run.line) since its import into \(target) stopped there, with \
            \(run.rowsRead) rows settled. Nothing was read.
            \(Self.afresh)
            """
        case .optionsChanged(let file, let target, let run):
            """
            The import of \(file) into \(target) stopped at line \(run.line) and was begun with other options; rows \
            behind that line would be stored in another way than those before. Nothing was read.
            Give the same options as before. \(Self.afresh)
            """
        case .corrected(let file, let target, let run):
            """
            \(file) was imported into \(target) at \(run.updatedAt) but for \(run.rowsUnsettled) \
            \(run.rowsUnsettled == 1 ? "row that was" : "rows that were") left out, and has changed since. Nothing was read: \
            the other rows could be stored twice.
            To store the corrected rows alone, correct them in a file of their own and import that: write it with the file as \
            it was before and --rejects REJECTS.csv, or take the lines that --skipped lists. To import all of this file, add \
            --restart.
            """
        case .importElsewhere(let file, let target, let schema, let run):
            """
            The schema "\(schema)" knows of an import of \(file) into \(target), which \
            \(run.state == .completed ? "is complete" : "stopped at line \(run.line)"). Nothing was read.
            Go on with it: add --schema \(Identifier(schema)). To import all of it again, add --restart.
            """
        case .ownedByAnother(let file, let target):
            """
            Another process imports \(file) into \(target) at this moment. Nothing of this one was lost or stored twice.
            Let the other one finish.
            """
        case .cannotSkip(let table):
            """
            Rows cannot be left out here: \(table) has a foreign key to itself, so a row can only be checked together \
            with all others. Nothing was read.
            Leave --max-skipped out, or import into a table without the foreign key first.
            """
        case .noControlTables(let error):
            """
            \(error)
            Or import all of the file at once, which needs no control tables: add --single-transaction.
            """
        case .recordGone(let file, let target):
            """
            The record of the import of \(file) into \(target) is gone while it runs: somebody has \
            removed it, or another server has taken over that had not got it yet. Nothing more was stored.
            Look whether rows of the file are in \(target). When there are none, run the same command again: it begins \
            at the first row.
            """
        case .blocked(let cause, let report):
            "\(Self.reason(of: cause))\nThe statement \(report.summary)"
        case .stopped(let cause, let rows, let line) where ImportMemory.loss(in: cause) != nil:
            """
            \(Self.reason(of: cause))
            \(rows) rows up to line \(line - 1) were stored before that. Run the same command again: it goes on behind what \
            the server has kept.
            """
        case .stopped(let cause, let rows, let line):
            """
            \(Self.reason(of: cause))
            \(rows) rows up to line \(line - 1) are stored. Mend the cause (lines from \(line) on may be corrected), then \
            run the same command again: it goes on there. Or leave bad rows out with --max-skipped.
            """
        }
    }

    private static let afresh =
        "To import all of it again, remove the rows of the first attempt (or use --on-conflict) and add --restart."

    private static func reason(of error: any Error) -> String {
        (error as? ImportError)?.reason ?? "\(error)"
    }
}
