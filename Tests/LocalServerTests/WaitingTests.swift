import TestSupport
import Testing

struct `Waiting for something` {
    @Test func `an open gate holds nobody up`() async throws {
        let gate = Gate()
        gate.open()
        gate.open()
        try await gate.wait(within: .zero)
    }

    @Test func `everybody passes when the gate opens`() async throws {
        let gate = Gate()
        try await withThrowingTaskGroup { group in
            for _ in 1...10 {
                group.addTask { try await gate.wait() }
            }
            gate.open()
            try await group.waitForAll()
        }
        #expect(gate.isOpen)
    }

    @Test func `nobody waits for ever`() async throws {
        let gate = Gate("the gate of no return")
        let error = await #expect(throws: DeadlineError.self) {
            try await gate.wait(within: .milliseconds(20))
        }
        #expect(error?.description.contains("the gate of no return") == true)
    }

    @Test func `a cancelled task waits no longer`() async throws {
        let gate = Gate()
        let waiting = Task { try await gate.wait(within: .seconds(600)) }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
    }

    @Test func `a condition is asked until it holds`() async throws {
        var asked = 0
        try await eventually {
            asked += 1
            return asked == 3
        }
        #expect(asked == 3)
    }

    @Test func `a condition that never holds is named`() async throws {
        let error = await #expect(throws: DeadlineError.self) {
            try await eventually(within: .milliseconds(20), "pigs to fly") { false }
        }
        #expect(error?.description.contains("pigs to fly") == true)
    }
}
