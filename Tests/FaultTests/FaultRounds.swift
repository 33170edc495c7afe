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
        let rounds = Int(Self.setting("FAULT_ROUNDS") ?? 3)
        let folder = try Self.writeFiles()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await TestServer.withOwn { server in
            for round in 0..<rounds {
                let seed = Self.setting("FAULT_SEED") ?? UInt64.random(in: 0...UInt64(UInt32.max))
                let work = Model.Work.allCases[Int(seed % 3)]
                print("fault round \(round + 1) of \(rounds): \(work.rawValue), FAULT_SEED=\(seed)")
                try await Self.play(work, seed: seed, round, folder, server)
            }
        }
    }

    private static func play(
        _ work: Model.Work,
        seed: UInt64,
        _ number: Int,
        _ folder: String,
        _ server: PrivateServer
    ) async throws {
        var random = SeededGenerator(seed: seed)
        let database = try await TestDatabase.create(named: "round_\(number)", on: server)
        let setUp = try database.connection()
        try Model.prepare(setUp)
        if work == .labels { try Model.addPoison(setUp) }
        setUp.close()
        try await withFaultProxy(for: database) { proxy in
            let round = Round(
                work.rawValue,
                folder: folder,
                server: server,
                proxy: proxy,
                direct: try database.options
            )
            let application = Application(try database.options)
            async let using: Void = work == .population ? () : application.run()
            let result: ToolResult
            do {
                result = try await round.play(Int.random(in: 3...12, using: &random), &random)
            } catch {
                application.stop()
                await using
                throw error
            }
            application.stop()
            await using
            #expect(
                result.status == (work == .labels ? 21 : 0),
                "seed \(seed): \(result.errorOutput)\(result.output.suffix(300))"
            )
            let differences = try Model.differences(work, database.connection())
            #expect(differences.isEmpty, "seed \(seed): \(differences.joined(separator: "; "))")
        }
    }

    private static func writeFiles() throws -> String {
        let folder = NSTemporaryDirectory() + "caisson-faults-\(UInt32.random(in: 0...UInt32.max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (name, text) in Model.files {
            try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
        }
        return folder
    }
}
