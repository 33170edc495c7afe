import Foundation
import LocalServer
import Postgres
import TestSupport
import Testing

/// Backfills by several processes under troubles in random order, compared with a model in the end.
///
/// `FAULT_ROUNDS` says how many rounds, `FAULT_SEED` repeats one; every round prints its seed.
@Suite(.serialized) struct FaultRounds {
    private static func setting(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
    }

    @Test func `tables and counters are those of a run that nobody disturbed`() async throws {
        let given = Self.setting("FAULT_SEED")
        let rounds = Int(Self.setting("FAULT_ROUNDS") ?? (given == nil ? UInt64(Work.allCases.count) : 1))
        let first = UInt64.random(in: 0...UInt64(UInt32.max))
        let folder = try Self.writeFiles()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var tally = Tally()
        try await TestServer.withOwn(Self.configuration) { server in
            for round in 0..<rounds {
                // One after the other, so that rounds in a row play all works.
                let seed = given ?? first + UInt64(round)
                let work = Work.allCases[Int(seed % UInt64(Work.allCases.count))]
                Self.say("fault round \(round + 1) of \(rounds): \(work.rawValue), SEED=\(seed)")
                do {
                    tally.add(try await Self.play(work, seed: seed, round, folder, server))
                } catch {
                    // The log goes with the server.
                    let log = (try? String(contentsOfFile: server.logFile, encoding: .utf8)) ?? ""
                    Self.say("SEED=\(seed): \(error)\nthe end of the server's log:\n\(log.suffix(2000))")
                    throw error
                }
            }
        }
        Self.say(tally.description)
    }

    /// A server whose log tells how it ended and began.
    private static var configuration: PrivateServer.Configuration {
        var configuration = TestServer.throwaway()
        configuration.settings["log_min_messages"] = "log"
        return configuration
    }

    /// Unbuffered, so that the seed is known of a round that does not end.
    private static func say(_ text: String) {
        FileHandle.standardOutput.write(Data((text + "\n").utf8))
    }

    private static func play(
        _ work: Work,
        seed: UInt64,
        _ number: Int,
        _ folder: String,
        _ server: PrivateServer
    ) async throws -> Tally {
        var random = SeededGenerator(seed: seed)
        let database = try await TestDatabase.create(named: "round_\(number)", on: server)
        let setUp = try await database.options.connected()
        try Tables(work: work).create(on: setUp)
        setUp.close()
        return try await withFaultProxy(for: database) { proxy in
            let direct = try database.options
            let round = Round(work, folder: folder, server: server, proxy: proxy, direct: direct)
            let application = Application(direct, work, seed: seed)
            // Every fourth round is without the application: then the counters are exact.
            let isQuiet = Int.random(in: 1...4, using: &random) == 1
            async let using: Void = isQuiet ? () : application.run()
            let result: ToolResult
            do {
                result = try await round.play(Int.random(in: 3...12, using: &random), application, &random)
            } catch {
                application.stop()
                await using
                throw error
            }
            application.stop()
            await using
            let tally = try await round.tally(application)
            #expect(tally.crashes.isEmpty, "SEED=\(seed)")
            let connection = try await direct.connected()
            defer { connection.close() }
            try compare(work, result, seed: seed, connection)
            return tally
        }
    }

    private static func compare(
        _ work: Work,
        _ result: ToolResult,
        seed: UInt64,
        _ connection: Connection
    ) throws {
        let model = Model(work: work)
        #expect(
            try model.statuses(connection).contains(result.status ?? -1),
            "SEED=\(seed): \(result.errorOutput)\(result.output.suffix(300))"
        )
        let differences = try model.differences(connection)
        #expect(differences.isEmpty, "SEED=\(seed), \(work.rawValue): \(differences.joined(separator: "; "))")
    }

    private static func writeFiles() throws -> String {
        let folder = NSTemporaryDirectory() + "caisson-faults-\(UInt32.random(in: 0...UInt32.max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for work in Work.allCases {
            guard let text = work.file else { continue }
            try text.write(toFile: "\(folder)/\(work.rawValue).sql", atomically: true, encoding: .utf8)
        }
        return folder
    }
}
