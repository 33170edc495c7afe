import Postgres
import Synchronization
import TestSupport

/// Keeps one session of a pool until it is told to give it back.
struct Holder: Sendable {
    private let go = Gate("the holder to be released")
    private let task: Task<Void, any Error>

    init(_ pool: SessionPool) async throws {
        let (held, go) = (Gate("a session to be held"), go)
        task = Task {
            try await pool.withSession { _ in
                held.open()
                try await go.wait()
            }
        }
        try await held.wait()
    }

    func release() async throws {
        go.open()
        try await task.value
    }
}

/// Numbers in the order in which they came.
final class Order: Sendable {
    private let state = Mutex<[Int]>([])

    var numbers: [Int] { state.withLock { $0 } }

    func append(_ number: Int) { state.withLock { $0.append(number) } }
}
