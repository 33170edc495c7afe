import Dispatch
import Postgres
import Synchronization

/// A session that sends the rows of one chunk after the other, on a thread of its own. It begins the transaction and leaves it open.
///
/// `@unchecked Sendable`: the connection and the outcome belong to the lane's thread from ``send(_:)`` until ``finished(within:)`` has said
/// so, and to the one who imports at any other time.
final class ChunkLane: @unchecked Sendable {
    /// What it is asked to send.
    struct Order {
        let opening: [SQL]
        let copy: SQL
        /// They must stay where they are until the order is finished.
        let rows: UnsafeRawBufferPointer
    }

    private let open: @Sendable () throws -> Connection
    private let queue = DispatchQueue(label: "caisson.import.lane")
    private let done = DispatchSemaphore(value: 0)
    private let isUnwanted = Atomic(false)
    private let backend = Atomic<Int32>(0)
    private var connection: Connection?
    private var outcome: Result<Int, any Error>?
    private var isBusy = false

    /// - Parameter open: opens its connection, when there is something to send.
    init(_ open: @escaping @Sendable () throws -> Connection) {
        self.open = open
    }

    /// The number of the server's process, once it has one; what a pooler calls it is of no use.
    var processID: Int32 { backend.load(ordering: .acquiring) }

    /// Whether its transaction holds all rows of the chunk and waits for its end.
    var holdsRows: Bool {
        guard finished(within: .zero), case .success = outcome else { return false }
        return true
    }

    /// Begins to send.
    func send(_ order: Order) {
        isBusy = true
        outcome = nil
        nonisolated(unsafe) let order = order
        queue.async { [self] in
            outcome = Result { try transmit(order) }
            done.signal()
        }
    }

    /// Whether everything was sent, or failed.
    func finished(within limit: Duration) -> Bool {
        guard isBusy else { return true }
        let limit = DispatchTime.now() + .microseconds(Int(limit / .microseconds(1)))
        guard done.wait(timeout: limit) == .success else { return false }
        isBusy = false
        return true
    }

    /// The connection, and how many rows the server has taken.
    ///
    /// - Throws: what has ended the transaction.
    func taken() throws -> (connection: Connection, rows: Int) {
        guard let connection, let outcome else { throw CancellationError() }
        return (connection, try outcome.get())
    }

    /// Gives back what it holds.
    func rollBack() {
        outcome = nil
        _ = connection?.rollBack(after: CancellationError())
    }

    /// Ends the session, whatever it is doing.
    func close() {
        isUnwanted.store(true, ordering: .releasing)
        // It may wait for somebody's lock, and for a long time. What is cancelled too late hits nothing that is needed.
        while !finished(within: .milliseconds(200)) { canceller.withLock { try? $0?.cancel() } }
        if let connection, connection.transactionStatus != .idle { rollBack() }
        connection?.close()
    }

    private let canceller = Mutex<Canceller?>(nil)

    private func transmit(_ order: Order) throws -> Int {
        let connection = try opened()
        do {
            let answers = try connection.beginTransaction(
                opening: [ImportStatements.processID] + order.opening
            )
            if let id = try answers.first?.first?.value(Int32.self, at: 0) {
                backend.store(id, ordering: .releasing)
            }
            return try connection.copyIn(order.copy) { copy in
                try copy.append(order.rows) { !isUnwanted.load(ordering: .acquiring) }
            }
        } catch {
            throw connection.rollBack(after: error)
        }
    }

    private func opened() throws -> Connection {
        if let connection { return connection }
        let opened = try open()
        canceller.withLock { $0 = opened.makeCanceller() }
        connection = opened
        return opened
    }
}
