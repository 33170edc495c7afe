extension PrivateServer {
    /// Starts the server, creating its data folder first where there is none.
    ///
    /// Safe to call from several processes at once, after a crash of the server, and after a start that was
    /// interrupted at any moment.
    ///
    /// - Throws: `LocalServerError`, with the last lines of the server's log where the server itself failed.
    @discardableResult
    public func start() async throws(LocalServerError) -> StartOutcome {
        try await locked { () async throws(LocalServerError) in
            try await startLocked()
        }
    }

    /// Stops the server; does nothing where none is running.
    ///
    /// - Throws: `LocalServerError.stopFailed` when it still runs after the configured timeout.
    @discardableResult
    public func stop(_ mode: StopMode = .fast) async throws(LocalServerError) -> StopOutcome {
        guard folder.isInitialised else { return .wasNotRunning }
        return try await locked { () async throws(LocalServerError) in
            try await stopLocked(mode)
        }
    }

    /// Stops the server in the given way and starts it again. With `.immediate` this is a crash and its recovery.
    public func restart(_ mode: StopMode = .fast) async throws(LocalServerError) {
        try await locked { () async throws(LocalServerError) in
            try await stopLocked(mode)
            try await startLocked()
        }
    }

    /// Stops the server at once and deletes its folder with everything in it.
    public func remove() async throws(LocalServerError) {
        guard folder.exists else { return }
        try await locked { () async throws(LocalServerError) in
            try await stopLocked(.immediate)
            try folder.delete()
        }
    }
}

extension PrivateServer {
    func locked<Result: Sendable>(
        _ body: () async throws(LocalServerError) -> Result
    ) async throws(LocalServerError) -> Result {
        try folder.prepare(for: try ServerUser.forServer())
        let lock = try await FolderLock.take(folder.lock, within: configuration.timeout + .seconds(10))
        defer { lock.release() }
        return try await body()
    }

    @discardableResult
    private func startLocked() async throws(LocalServerError) -> StartOutcome {
        if case .running = status {
            try await awaitReady()
            return .wasRunning
        }
        let programs = try await ServerPrograms.find(forDataFolder: folder)
        if !folder.isInitialised {
            try await initialise(with: programs)
        }
        try folder.clearLeftovers()
        try await launch(with: programs)
        return .started
    }

    @discardableResult
    private func stopLocked(_ mode: StopMode) async throws(LocalServerError) -> StopOutcome {
        guard case .running = status else { return .wasNotRunning }
        let programs = try await ServerPrograms.find(forDataFolder: folder)
        let result = try await programs.run(
            "pg_ctl",
            ["stop", "-D", folder.data, "-m", mode.rawValue, "-w", "-t", configuration.timeout.wholeSeconds]
        )
        guard result.succeeded else {
            throw .stopFailed(folder: folder.path, mode: mode, output: result.output)
        }
        return .stopped
    }

    /// Whoever started it may have been killed while it was still recovering.
    private func awaitReady() async throws(LocalServerError) {
        let isReady = await poll(for: configuration.timeout) { folder.isReady }
        guard isReady else {
            throw .startFailed(folder: folder.path, log: folder.log, output: folder.logTail())
        }
    }
}
