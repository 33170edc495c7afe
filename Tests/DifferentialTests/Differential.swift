import Foundation
import TestSupport
import Testing

/// Random definitions over random tables, run as a backfill with two workers on one copy and as one statement on another.
///
/// `DIFFERENTIAL_ROUNDS` says how many, `DIFFERENTIAL_SEED` which is the first; each has the next seed.
@Suite(.serialized) struct Differential {
    private static func setting(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
    }

    @Test(.freshDatabase) func `a backfill leaves behind what one statement does, or is refused`()
        async throws
    {
        let given = Self.setting("DIFFERENTIAL_SEED")
        let rounds = Self.setting("DIFFERENTIAL_ROUNDS") ?? (given == nil ? 100 : 1)
        let first = given ?? UInt64.random(in: 0...UInt64(UInt32.max))
        Self.say("differential test: \(rounds) definitions, from SEED=\(first)")
        let bench = try Bench(try TestDatabase.current)
        var summary = Summary()
        for seed in first..<first + rounds {
            let trial = Trial(seed: seed)
            let outcome: Outcome
            do {
                outcome = try await bench.play(trial)
            } catch {
                Self.say("\(trial.description)\n--- \(error)")
                throw error
            }
            summary.add(outcome, of: trial)
            if let refusal = outcome.refusal, trial.definition.hazards.isEmpty {
                Self.say("=== \(trial.description)\n--- refused without need\n\(refusal.description)\n")
            }
            if case .fault(let text) = outcome {
                Self.say("=== \(trial.description)\n--- fault\n\(text)\n")
                Issue.record("SEED=\(seed), \(trial.definition.kind): \(text.prefix(200))")
            }
        }
        Self.say(summary.description)
        // A guard that refuses good statements is a fault as well. A few definitions say nothing about shares.
        guard rounds >= 50 else { return }
        #expect(summary.ran >= 0.7, "\(summary.description)")
        #expect(summary.harmlessRan >= 0.95, "\(summary.description)")
    }

    /// Unbuffered, so that the seed is known of a round that does not end.
    private static func say(_ text: String) {
        FileHandle.standardOutput.write(Data((text + "\n").utf8))
    }
}
