import Postgres
import Synchronization
import TestSupport

/// The application that uses the table meanwhile. It records its writes in the transactions that make them, so that a
/// lost one shows whatever becomes of its connection.
final class Application: Sendable {
    private enum Phase: Int, AtomicRepresentable { case all, calm, over }

    private let options: ConnectionOptions
    private let work: Work
    private let users: Circumstances.Users
    private let seed: UInt64
    private let phase = Atomic(Phase.all)
    private let committed = Mutex<[ApplicationWrite: Int]>([:])
    private let rescues = Atomic(0)

    init(_ options: ConnectionOptions, _ work: Work, _ users: Circumstances.Users, seed: UInt64) {
        (self.options, self.work, self.users, self.seed) = (options, work, users, seed)
    }

    /// Writes until ``stop()``.
    func run() async {
        guard users != .nobody else { return }
        async let rescuing: Void = work.hasBrake ? rescueRows() : ()
        await write()
        await rescuing
    }

    /// Rows that were made to need the run between lock and write.
    var rescuedRows: Int { rescues.load(ordering: .relaxed) }

    private func rescueRows() async {
        let rescuer = Rescuer(options, work)
        var half = 0
        while phase.load(ordering: .acquiring) == .all {
            let rows = await rescuer.rescue(half: half % 2)
            rescues.wrappingAdd(rows, ordering: .relaxed)
            half += 1
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    private func write() async {
        var random = SeededGenerator(seed: seed)
        let session = Session(options)
        while phase.load(ordering: .acquiring) != .over {
            await write(session, &random)
            // The machine has more to do than this.
            try? await Task.sleep(for: .milliseconds(2))
        }
        await session.close()
    }

    /// Lets the run come to its end: no more rows that need it.
    func calmDown() {
        phase.store(.calm, ordering: .releasing)
    }

    func stop() {
        phase.store(.over, ordering: .releasing)
    }

    /// The writes that changed something.
    var writes: [ApplicationWrite: Int] { committed.withLock { $0 } }

    private func write(_ session: Session, _ random: inout SeededGenerator) async {
        guard let write = ApplicationWrite.all(for: work).randomElement(using: &random) else { return }
        let statements = write.statements(
            on: row(for: write, &random),
            Int.random(in: 1...2, using: &random),
            work
        )
        if write == .insertUnfinished || write == .poison, phase.load(ordering: .acquiring) != .all { return }
        // Some transactions stay open for a while, so that chunks meet rows that are about to change.
        let linger = Bool.random(using: &random) ? 0 : Double.random(in: 0.005...0.04, using: &random)
        // A connection that broke, a deadlock, a lock that took too long: the application tries something else.
        let rows = try? await session.withConnection { connection in
            try connection.transaction(TransactionOptions(settings: settings)) {
                connection in
                let rows = try statements.map { try connection.execute($0) }.first ?? 0
                try connection.execute("SELECT pg_sleep(\(linger))")
                return rows
            }
        }
        if let rows, rows > 0 { committed.withLock { $0[write, default: 0] += 1 } }
    }

    private var settings: [TransactionOptions.Setting] {
        let careless = TransactionOptions.Setting("synchronous_commit", "off")
        return [.init("lock_timeout", "1s")] + (users == .carelessApplication ? [careless] : [])
    }

    /// Often a row that cannot be applied, because those are few and the most is done to them.
    private func row(for write: ApplicationWrite, _ random: inout SeededGenerator) -> Int {
        let any = Int.random(in: 1...Tables.rows, using: &random)
        let often = write == .heal ? 2 : 20
        guard Int.random(in: 1...often, using: &random) == 1 else { return any }
        return Tables.poison.randomElement(using: &random) ?? any
    }
}
