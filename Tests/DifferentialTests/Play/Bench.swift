import Backfills
import Foundation
import Postgres
import TestSupport

/// Plays trials in one database: the schema `backfilled` is walked, `plain` gets the one statement.
final class Bench {
    private let database: TestDatabase
    private let connection: Connection
    private let folder: String
    private static let limit = Duration.patience

    init(_ database: TestDatabase) throws {
        self.database = database
        connection = try database.connection()
        folder = NSTemporaryDirectory() + "caisson-differential-\(UInt32.random(in: 0...UInt32.max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        // Two workers that wait for each other are told at once.
        for setting in ["search_path = backfilled", "deadlock_timeout = '20ms'"] {
            try connection.execute(
                "ALTER DATABASE \(identifier: Identifier(database.name)) SET \(unsafe: setting)"
            )
        }
        try connection.execute("SET client_min_messages = error")
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Plays one.
    ///
    /// - Throws: when the tables cannot be made, which is a fault of the script.
    func play(_ trial: Trial) async throws -> Outcome {
        for schema in ["backfilled", "plain"] { try setUp(trial, in: schema) }
        do {
            try await run(trial)
        } catch let failure as Failure {
            return try outcome(of: trial, after: failure)
        }
        if trial.definition.isAboutChunk { return .aboutChunk }
        if let failure = try runPlain(trial) {
            return .fault("the statement fails, the backfill did not: \(failure.description)")
        }
        let differences = try comparison(trial).differences()
        return differences.isEmpty ? .equal : .fault(differences.joined(separator: "\n"))
    }

    private func setUp(_ trial: Trial, in schema: String) throws {
        let head =
            "DROP SCHEMA IF EXISTS \(schema) CASCADE; CREATE SCHEMA \(schema); SET search_path = \(schema);\n"
        try connection.runScript(head + trial.script.statements.joined(separator: ";\n"))
    }

    // MARK: The backfill

    private func run(_ trial: Trial) async throws {
        let own = "\(folder)/\(trial.name)"
        try FileManager.default.createDirectory(atPath: own, withIntermediateDirectories: true)
        try trial.definition.text.write(toFile: "\(own)/\(trial.name).sql", atomically: true, encoding: .utf8)
        do {
            if trial.usesProgram {
                try await runProgram(trial, own)
            } else {
                try await Self.run(trial.name, trial.chunks, own, try database.options)
            }
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(error)
        }
    }

    private static func run(
        _ name: String,
        _ chunks: ChunkSizer.Policy,
        _ folder: String,
        _ database: ConnectionOptions
    ) async throws {
        let backfill = try BackfillDirectory(path: folder).backfill(named: name)
        var options = RunOptions()
        options.workers = 2
        options.sizing = chunks
        options.backoff = Backoff(initial: 0.005, maximum: 0.5, attempts: 15)
        let coordinator = Coordinator(database)
        do {
            let result = try await limited(database) { [options] in
                try await coordinator.run(backfill, options: options)
            }
            await coordinator.close()
            guard result.run.state == .completed else {
                throw Failure(
                    label: "TimeLimit",
                    description: "the run is \(result.run.state.rawValue) in the end"
                )
            }
        } catch {
            await coordinator.close()
            throw error
        }
    }

    private static func limited<Value: Sendable>(
        _ database: ConnectionOptions,
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask(operation: body)
            group.addTask {
                try await Task.sleep(for: limit)
                throw TimeLimit(limit: limit, activity: try sessions(database))
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw CancellationError() }
            return first
        }
    }

    /// What the sessions of the database are doing.
    private static func sessions(_ database: ConnectionOptions) throws -> [String] {
        try Connection(database).query(
            """
            SELECT concat_ws(' | ', pid, application_name, state, wait_event_type, wait_event, query_start, left(query, 800))
            FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()
            """,
            as: String.self
        )
    }

    private func runProgram(_ trial: Trial, _ folder: String) async throws {
        var arguments = [
            "backfill", "run", trial.name, "--database", database.connectionString, "--backfills", folder,
        ]
        arguments += ["--workers", "2"]
        if case .fixed(let size) = trial.chunks { arguments += ["--chunk-size", "\(size)"] }
        let result = try await ToolRunner("caisson").start(arguments).result(within: Self.limit)
        guard result.status == 0 else {
            let status = result.status.map { "exit code \($0)" } ?? "TimeLimit"
            throw Failure(
                label: status == "exit code 15" ? "keptFailing" : status,
                description: result.errorOutput
            )
        }
    }

    // MARK: The one statement

    /// Runs the statement over all rows, or those of some chunks; why it failed.
    private func runPlain(_ trial: Trial, within done: String? = nil) throws -> Failure? {
        let definition = trial.definition
        let statement = definition.statement.plain(
            over: trial.table,
            where: definition.condition,
            within: done
        )
        do {
            try connection.execute(SQL(unsafe: statement))
            return nil
        } catch {
            return Failure(label: "plain", description: "\(error)\n\(statement)")
        }
    }

    private func comparison(_ trial: Trial) -> Comparison {
        Comparison(connection: connection, table: trial.table, drawn: trial.definition.drawn)
    }

    // MARK: Backfills that did not get to their end

    private func outcome(of trial: Trial, after failure: Failure) throws -> Outcome {
        let changes = try comparison(trial).differences()
        if failure.isAboutRunner { return .fault(failure.description) }
        if failure.isAboutData {
            guard let plain = try runPlain(trial) else {
                return .fault("the backfill fails, the statement does not: \(failure.description)")
            }
            guard plain.sqlState?.prefix(2) == failure.sqlState?.prefix(2) else {
                return .fault("they fail in different ways: \(failure.description)\nand \(plain.description)")
            }
            return try complete(trial, changes) ?? .dataError(failure)
        }
        if changes.isEmpty { return .refused(failure) }
        return try complete(trial, changes, because: failure) ?? .stopped(failure)
    }

    /// A fault unless the backfill has left complete chunks behind.
    private func complete(
        _ trial: Trial,
        _ changes: [String],
        because failure: Failure? = nil
    ) throws -> Outcome? {
        // Places do not tell which rows were there when a chunk was.
        guard !changes.isEmpty, !trial.table.key.isByPlace, !trial.definition.isAboutChunk else { return nil }
        let done = try DoneChunks(connection: connection, table: trial.table).condition(ofRun: trial.name)
        let plain = try runPlain(trial, within: done)
        let differences = try comparison(trial).differences()
        guard plain != nil || !differences.isEmpty else { return nil }
        let why = failure.map { "\n\($0.description)" } ?? ""
        return .fault(
            "stopped, and the rest is not that of complete chunks:\(why)\n"
                + differences.joined(separator: "\n")
        )
    }
}
