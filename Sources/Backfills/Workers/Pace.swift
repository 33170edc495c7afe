import Postgres

/// What a worker has learned about chunks; it outlives the ranges.
///
/// Confined to the task of its worker, as the passes over the ranges are.
final class Pace {
    /// How many keys a chunk takes.
    var sizer: ChunkSizer
    /// The largest size whose plan was looked at; 0 asks for another look.
    private(set) var inspectedSize = 0
    private var jumps = JumpDetector()
    private var path: (table: Identifier, path: ChunkPath)?

    init(_ policy: ChunkSizer.Policy) {
        sizer = ChunkSizer(policy)
    }

    /// Takes note of a chunk that was committed.
    func record(_ report: ChunkReport) {
        sizer.record(keys: report.counts.scanned, seconds: report.lockSeconds)
        guard jumps.record(keys: report.counts.scanned, seconds: report.lockSeconds) else { return }
        inspectedSize = 0
        path = nil
    }

    /// Takes note of a plan that was looked at.
    func inspected(_ size: Int) {
        inspectedSize = size
    }

    /// How the chunks of a table are written, when that is known.
    func path(of table: Identifier) -> ChunkPath? {
        path?.table == table ? path?.path : nil
    }

    /// Takes note of how the chunks of a table are written.
    func choose(_ path: ChunkPath, for table: Identifier) {
        self.path = (table, path)
    }
}
