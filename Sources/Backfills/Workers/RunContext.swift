import Control
public import Postgres

/// What all workers of one process share.
struct RunContext: Sendable {
    let run: Run
    let backfill: Backfill
    let source: SourceTable
    let schema: ControlSchema
    let connection: ConnectionOptions
    let options: RunOptions
    /// Given by a person, or by a worker that failed.
    let stop: StopSignal
    let report: @Sendable (BackfillEvent) -> Void
    /// Looks after statements that may wait for a standby.
    let waits: WaitWatch
    /// What a person did to the sessions of this process.
    let interventions = Interventions()

    var runner: ChunkRunner {
        ChunkRunner(
            schema: schema,
            limits: backfill.limits,
            lease: options.lease,
            meaning: run.settings
        )
    }

    var failurePolicy: FailurePolicy {
        FailurePolicy(backoff: options.backoff, statementTimeout: backfill.limits.statementTimeout.seconds)
    }

    /// A session whose name in `pg_stat_activity` tells what it is for.
    func session(_ role: SessionRole) -> Session {
        role.session(connection, of: backfill.name, options)
    }

    /// Which table the run is about.
    var identity: RunIdentity { run.identity(of: backfill) }
}

/// How a run is to be done.
public struct RunOptions: Sendable {
    /// The ranges that are worked on at a time in this process.
    public var workers = 1
    /// How large chunks are.
    public var sizing = ChunkSizer.Policy.standard
    /// How long a range stays with a worker that says nothing, in seconds. A worker whose backend is gone loses it at
    /// once; this is for one that was stopped or cut off.
    public var lease = 60.0
    /// How long one snapshot of a reader may live, in seconds: 10 to 120. A reader has one for as long as the statement takes that
    /// reads a batch, and none while rows are transformed or written.
    public var snapshotAge = 60.0
    /// How a chunk is tried again. The defaults stretch over about half a minute, which outlasts a server's restart.
    public var backoff = Backoff(initial: 0.05, maximum: 5, attempts: 15)
    /// How many rows may be recorded as skipped, over the whole run, before it stops at one that cannot be applied.
    public var maxSkipped = 0
    /// What to do when all rows are done that there were at the beginning.
    public var atEnd = AtEnd.finish
    /// What to do about a run that exists already.
    public var existing = ExistingRun.resume
    /// What to do when the definition is another than the one the run was begun with.
    public var changedDefinition = ChangedDefinition.refuse
    /// What to do when the control tables were copied from another cluster.
    public var foreignTables = ForeignTables.refuse

    /// Makes options; every property has its default.
    public init() {}

    /// What to do when all rows are done that there were at the beginning.
    public enum AtEnd: Sendable {
        /// Finish the run.
        case finish
        /// Go on with rows that arrive, in the order of their keys, until told to stop; then finish the run.
        case follow
    }

    /// What to do about a run that exists already.
    public enum ExistingRun: Sendable { case resume, restart }
    /// What to do about a changed definition.
    public enum ChangedDefinition: Sendable { case refuse, accept }
    /// What to do about the tables of another cluster.
    public enum ForeignTables: Sendable { case refuse, adopt }
}
