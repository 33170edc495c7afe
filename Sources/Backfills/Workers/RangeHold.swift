import Control
import Postgres

/// A worker's hold on one range: where it stands, and the only way to its rows.
///
/// Whenever the session is another than before, for whatever reason, or something has gone wrong in it, the position is read from
/// the range under its row's lock before anything else is done: a server that crashed in between may have lost the last chunks,
/// which were committed without waiting for the disk.
///
/// Confined to the task of its worker, as the pass over the range is.
final class RangeHold {
    private let context: RunContext
    private let session: Session
    /// Tells who is in the way while a statement waits.
    private let blockers: BlockerWatch
    private(set) var range: ClaimedRange
    /// The session in which ``range`` was read or moved last; `nil` when something has gone wrong since.
    private var readOn: UInt64?

    init(_ context: RunContext, claim: Claim, session: Session) {
        (self.context, self.session) = (context, session)
        (range, readOn) = (claim.range, claim.connection)
        blockers = BlockerWatch(context.connection)
    }

    /// A range and the connection on which it was claimed.
    struct Claim: Sendable {
        let range: ClaimedRange
        let connection: UInt64
    }

    /// Lends the connection together with the position, which is the database's.
    func lend<Value: Sendable>(
        _ body: @Sendable (Connection, ClaimedRange) throws -> Value
    ) async throws -> Value {
        let (range, readOn, context, blockers) = (range, readOn, context, blockers)
        self.readOn = nil
        let (value, position, connection) = try await session.withConnection { connection in
            try blockers.watching(
                connection,
                lockTimeout: .milliseconds(context.backfill.limits.lockTimeout.milliseconds),
                onBlocked: { context.report(.blocked(range: range.ordinal, by: $0.summary)) }
            ) {
                let isKnown = readOn == connection.number
                let position = isKnown ? range : try context.reread(range, because: nil, on: connection)
                return (try body(connection, position), position, connection.number)
            }
        }
        (self.range, self.readOn) = (position, connection)
        return value
    }

    /// Takes note of chunks that were committed over the connection that was lent last.
    func advance(to range: ClaimedRange) {
        self.range = range
    }

    /// Something went wrong: what is known of the position counts for nothing.
    func doubt() {
        readOn = nil
    }

    /// Reads the position again and records with it what went wrong; whether it is another than was known.
    func reread(because error: String) async throws -> Bool {
        let (range, context) = (range, context)
        (self.range, readOn) = try await context.persistently(on: session) { [session] in
            try await session.withConnection { connection in
                (try context.reread(range, because: error, on: connection), connection.number)
            }
        }
        return self.range.cursor != range.cursor
    }

    /// Lets go of the range.
    func release() async throws {
        try await context.onControlTables(of: session) { [range] in try $0.release(range) }
    }

    /// Who was in the way when a lock could not be had.
    func inTheWay(_ error: any Error) -> String? {
        blockers.report(behind: error)?.summary
    }
}

/// Somebody else owns the range by now.
struct RangeLost: Error {}

/// The range's last chunk was committed after all.
struct RangeDone: Error {}

extension RunContext {
    /// Where the range stands in the database, owned anew.
    ///
    /// - Throws: ``RangeLost``, ``RangeDone``.
    fileprivate func reread(
        _ range: ClaimedRange,
        because error: String?,
        on connection: Connection
    ) throws -> ClaimedRange {
        let store = RunStore(schema: schema, on: connection)
        guard let found = try store.reclaim(range, lease: options.lease, error: error) else {
            throw RangeLost()
        }
        if found.cursor == found.upper { throw RangeDone() }
        return found
    }
}
