/// What `run` has to do, given what the control tables say: a pure decision.
enum Admission: Sendable, Hashable {
    /// Make a new run.
    case create
    /// Go on with an unfinished run.
    case resume(Run)
    /// All ranges are done; only the verification may be missing.
    case finished(Run)
    /// A person paused it, and only a person takes that back.
    case paused(Run)

    /// Decides.
    ///
    /// - Parameter isSame: whether a stored definition is the one that is to run.
    /// - Throws: ``BackfillError`` when going on would mix two definitions or two clusters.
    init(
        latest: Run?,
        isSame: (String) -> Bool,
        cluster: String,
        options: RunOptions
    ) throws(BackfillError) {
        guard let run = latest, options.existing == .resume, run.state != .cancelled else {
            self = .create
            return
        }
        if run.cluster != cluster, options.foreignTables == .refuse {
            throw .foreignControlTables(run.name, found: run.cluster, here: cluster)
        }
        if !isSame(run.definition), options.changedDefinition == .refuse {
            throw .definitionChanged(run.name, run: run.id)
        }
        switch (run.state, run.wanted) {
        case (.completed, _), (.verified, _), (.cancelled, _): self = .finished(run)
        case (_, .paused): self = .paused(run)
        case (_, .running), (_, .cancelled): self = .resume(run)
        }
    }
}
