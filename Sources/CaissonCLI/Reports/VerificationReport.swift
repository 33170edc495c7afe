import Backfills

/// What a verify query returned.
struct VerificationReport: Report {
    let run: Run

    private var result: Int64 { run.verifyResult ?? 0 }

    var json: JSON {
        .object([
            "event": "backfill.verification", "name": run.name, "state": run.state.rawValue,
            "verify_result": run.verifyResult,
        ])
    }

    func text(_ style: Style) -> String? {
        result == 0 ? "\(run.name)  \(style.paint(run.state))  the verify query returned 0" : nil
    }

    /// What to say when it did not return 0.
    var failure: Failure? {
        guard result != 0 else { return nil }
        return Failure(
            outcome: .verificationFailed,
            message: """
                Backfill \(run.name): the verify query returned \(result) instead of 0.
                See which rows it counts; to do everything again: caisson backfill run \(run.name) --restart
                """
        )
    }
}
