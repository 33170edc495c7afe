public import Bulk
public import Control
import Postgres

/// Why an import cannot go on, or not to its end.
public enum ImportRunError: Error, Sendable {
    /// The file is not the one that the stored rows came from.
    case fileChanged(file: String, target: String, run: ImportRun)
    /// The file has changed since all of it was imported, and its rows could come in twice.
    case fileEdited(file: String, target: String, run: ImportRun)
    /// Rows were added to the file since all of it was imported.
    case fileGrown(file: String, target: String, run: ImportRun)
    /// The rows were imported before, from a file of another name.
    case importedAs(file: String, target: String, run: ImportRun)
    /// The table is not the one that has the stored rows, or has lost them.
    case targetChanged(file: String, target: String, run: ImportRun, change: String)
    /// The options are others than those that the stored rows were read with.
    case optionsChanged(file: String, target: String, run: ImportRun)
    /// The tables of another schema know of an import of this file into this table.
    case importElsewhere(file: String, target: String, schema: String, run: ImportRun)
    /// Another process imports the same file into the same table.
    case ownedByAnother(file: String, target: String)
    /// Rows cannot be left out of an import into a table with a foreign key to itself.
    case cannotSkip(table: String)
    /// Several workers cannot share a file.
    case cannotShare(FileImport.ReasonForOneTransaction, table: String)
    /// The role may not make the control tables that an import in chunks needs.
    case noControlTables(ControlError)
    /// The record of the import is gone from the control tables while it ran.
    case recordGone(file: String, target: String)
    /// A statement has waited too long for a lock, again and again.
    case blocked(cause: any Error, BlockerReport)
    /// The connection was lost, and the server was asked on another one what it has kept; nil where that is nothing.
    case lost(cause: any Error, kept: ImportRun?)
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
        case .fileEdited(let file, let target, let run):
            """
            \(file) has changed since it was imported into \(target) at \(run.updatedAt), \(run.rowsRead) rows. \
            No key of the table would keep rows from coming in twice. Nothing was read.
            To import all of it, add --restart; remove the rows of the earlier import before, where they are in it.\
            \(Self.forCorrectedRows(run))
            """
        case .fileGrown(let file, let target, let run):
            """
            \(file) was imported into \(target) at \(run.updatedAt), \(run.rowsRead) rows up to line \(run.line - 1), and has \
            grown since. Nothing was read.
            To import the new rows alone, add --continue. To import all of it again, add --restart.
            """
        case .importedAs(let file, let target, let run):
            """
            \(run.file) has the same bytes\(run.state == .completed ? "" : " up to line \(run.line - 1)") as \(file), and \
            \(run.rowsRead) rows of it were imported into \(target) at \(run.updatedAt). Nothing was read.
            To import what lies behind them, add --continue. To import all of it again, add --restart.
            """
        case .targetChanged(let file, let target, let run, let change):
            """
            \(target) was \(change) since \(run.rowsRead) rows of \(file) were imported into it, and they are not found in it \
            any more. Nothing more was stored.
            When the rows of the file are not in the table, add --restart: all of it is imported.
            """
        case .optionsChanged(let file, let target, let run) where run.state == .completed:
            """
            \(file) was imported into \(target) at \(run.updatedAt), \(run.rowsRead) rows, with other options. No key of the table \
            would keep rows from coming in twice. Nothing was read.
            To import all of it again, remove the rows of the earlier import and add --restart.
            """
        case .optionsChanged(let file, let target, let run):
            """
            The import of \(file) into \(target) stopped at line \(run.line) and was begun with other options; rows \
            behind that line would be stored in another way than those before. Nothing was read.
            Give the same options as before. \(Self.afresh)
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
        case .cannotShare(.pipe, _):
            """
            Several workers cannot share what comes through a pipe: it is one transaction, because nobody could go on with it. \
            Nothing was read.
            Leave --workers out, or store the rows in a file first.
            """
        case .cannotShare(.selfReferencing, let table):
            """
            Several workers cannot share this file: \(table) has a foreign key to itself, so its rows are stored together, in one \
            transaction. Nothing was read.
            Leave --workers out.
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
        case .lost(let cause, nil):
            """
            \(Self.reason(of: cause))
            The server was asked: nothing of the file is stored. Run the same command again.
            """
        case .lost(let cause, let run?) where run.state == .completed:
            """
            \(Self.reason(of: cause))
            The server was asked: all of the file is stored, \(run.rowsRead) rows. There is nothing left to do.
            """
        case .lost(let cause, let run?):
            """
            \(Self.reason(of: cause))
            The server was asked: \(run.rowsRead) rows up to line \(run.line - 1) are stored. Run the same command again: it goes on there.
            """
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

    private static func forCorrectedRows(_ run: ImportRun) -> String {
        guard run.rowsUnsettled > 0 else { return "" }
        let rows = "\(run.rowsUnsettled) \(run.rowsUnsettled == 1 ? "row was" : "rows were")"
        return """
            \n\(rows) left out then. To store those alone, correct them in a file of their own: with the file as it was, \
            --rejects REJECTS.csv writes it, and it is imported like any other.
            """
    }

    private static let afresh =
        "To import all of it again, remove the rows of the first attempt (or use --on-conflict) and add --restart."

    private static func reason(of error: any Error) -> String {
        if error is CancellationError { return "The import was interrupted." }
        return (error as? ImportError)?.reason ?? "\(error)"
    }
}
