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
            let cluster = try Cluster(server)
            for round in 0..<rounds {
                // One after the other, so that rounds in a row play all works.
                let seed = given ?? first + UInt64(round)
                let work = Work.allCases[Int(seed % UInt64(Work.allCases.count))]
                Self.say("fault round \(round + 1) of \(rounds): \(work.rawValue), SEED=\(seed)")
                let start = ContinuousClock.now
                do {
                    tally.add(try await Self.play(work, seed: seed, round, folder, cluster))
                    Self.say(
                        "  \((ContinuousClock.now - start).formatted(.units(allowed: [.seconds], fractionalPart: .show(length: 1))))"
                    )
                } catch {
                    // The log goes with the server.
                    let log = (try? String(contentsOfFile: cluster.server.logFile, encoding: .utf8)) ?? ""
                    await cluster.release()
                    Self.say("SEED=\(seed): \(error)\nthe end of the server's log:\n\(log.suffix(2000))")
                    throw error
                }
            }
            await cluster.release()
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
        _ cluster: Cluster
    ) async throws -> Tally {
        var random = SeededGenerator(seed: seed)
        let circumstances = Circumstances(&random)
        say("  " + circumstances.words.joined(separator: ", "))
        let database = try await cluster.prepare(number, circumstances)
        let setUp = try await database.options.connected()
        try Tables(work: work).create(on: setUp)
        setUp.close()
        let standby = try await cluster.standby(circumstances)
        let direct = try ConnectionOptions.leading(to: database, or: standby)
        var tally = try await withFaultProxy(for: database) { proxy in
            let round = Round(work, folder: folder, proxy, standby, direct: direct)
            let application = Application(direct, work, circumstances.users, seed: seed)
            async let using: Void = application.run()
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
        tally.add(circumstances)
        try await cluster.tidyUp(database, standby)
        return tally
    }

    private static func compare(
        _ work: Work,
        _ result: ToolResult,
        seed: UInt64,
        _ connection: Connection
    ) throws {
        let model = Model(work: work)
        try #require(
            [0, 21, 22].contains(result.status),
            "SEED=\(seed): \(result.ending), \(result.errorOutput)\(result.output.suffix(900))"
        )
        #expect(
            try model.statuses(connection).contains(result.status ?? -1),
            "SEED=\(seed): \(result.ending), \(result.errorOutput)\(result.output.suffix(900))"
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
