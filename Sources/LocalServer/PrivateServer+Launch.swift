extension PrivateServer {
    /// Locales by preference. The first two know letters beyond ASCII and sort by code point everywhere.
    /// Linux and newer macOS have `C.UTF-8`, older macOS has a character type `UTF-8`.
    private static let locales = [
        ["--locale=C.UTF-8"],
        ["--locale=C", "--lc-ctype=UTF-8"],
        ["--locale=C"],
    ]

    /// Builds the data folder aside and renames it, so that a half-made one never counts as one.
    func initialise(with programs: ServerPrograms) async throws(LocalServerError) {
        folder.deletePartialData()
        let partial = folder.newPartialData()
        var output = ""
        for locale in Self.locales {
            let result = try await runInitdb(with: programs, into: partial, locale: locale)
            if result.succeeded {
                try folder.adopt(partial)
                // Once more: what an initdb left behind that was killed may have been written to until now.
                return folder.deletePartialData()
            }
            output = result.output
            guard output.contains("invalid locale") else { break }
        }
        throw .initialisationFailed(folder: folder.path, output: output)
    }

    private func runInitdb(
        with programs: ServerPrograms,
        into data: String,
        locale: [String]
    ) async throws(LocalServerError) -> ServerPrograms.Outcome {
        var arguments = ["-D", data, "-U", configuration.superuser, "-E", "UTF8", "--auth-local=trust"]
        arguments += locale
        if case .throwaway = configuration.durability { arguments.append("--no-sync") }
        guard case .socketAndLoopback(_, let password) = configuration.access else {
            return try await programs.run(
                "initdb",
                arguments + ["--auth-host=reject"],
                whenCancelled: .isAsked
            )
        }
        // The server's user must read the file; nobody else can enter the folder it lies in.
        let passwordFile = data + ".password"
        try folder.write(password + "\n", to: passwordFile, for: programs.user)
        defer { folder.discard(passwordFile) }
        arguments += ["--auth-host=scram-sha-256", "--pwfile=\(passwordFile)"]
        return try await programs.run("initdb", arguments, whenCancelled: .isAsked)
    }

    func launch(with programs: ServerPrograms) async throws(LocalServerError) {
        let options = configuration.serverSettings
            .map { "-c \("\($0.name)=\($0.value)".shellQuoted)" }
            .joined(separator: " ")
        let deadline = ContinuousClock.now + Self.patienceWithOrphans
        while true {
            let logStart = folder.logSize
            let result = try await programs.run(
                "pg_ctl",
                [
                    "start", "-D", folder.data, "-l", folder.log, "-o", options,
                    "-w", "-t", configuration.timeout.wholeSeconds,
                ]
            )
            if result.succeeded { return }
            let log = folder.logTail(from: logStart)
            guard Self.orphansHoldOn(log), ContinuousClock.now < deadline else {
                throw .startFailed(
                    folder: folder.path,
                    log: folder.log,
                    output: log.isEmpty ? result.output : log
                )
            }
            try? await Task.sleep(for: .milliseconds(100))
        }
    }

    /// After a `kill -9` the main process takes a moment to disappear, and its children to notice, which they do only
    /// once they wait for something.
    private static let patienceWithOrphans = Duration.seconds(15)

    private static func orphansHoldOn(_ log: String) -> Bool {
        log.contains("pre-existing shared memory block") || log.contains("\"postmaster.pid\" already exists")
    }
}
