import Backfills

extension Outcome {
    /// How a call of `backfill run` ended.
    init(of run: Run, skipped: Int) {
        switch run.state {
        case .verified, .completed:
            self = (run.verifyResult ?? 0) != 0 ? .verificationFailed : skipped > 0 ? .rowsSkipped : .done
        case .paused, .running, .pending: self = .backfillPaused
        case .failed, .cancelled: self = .failed
        }
    }
}
