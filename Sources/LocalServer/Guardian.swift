import Subprocess

/// Sees to it that a private server and its folder vanish with the process that owns them, however it dies.
///
/// Use it for servers that must leave nothing behind, as in tests; put it in place before the server is started.
/// It is a shell process in a session of its own that reads from a pipe held by this process alone: when the pipe
/// closes, be it through ``release()``, a normal end or `kill -9`, it ends the server and deletes the folder.
public final class Guardian: Sendable {
    private let hold: AsyncStream<Never>.Continuation
    private let shell: Task<Void, any Error>

    /// Watches over the server; returns once the shell process runs.
    public init(over server: PrivateServer) async throws(LocalServerError) {
        try server.folder.checkPath()
        let (held, hold) = AsyncStream.makeStream(of: Never.self)
        let (started, starting) = AsyncStream.makeStream(of: Void.self)
        self.hold = hold
        let configuration = try Self.shell(for: server.folder)
        shell = Task.detached {
            defer { starting.finish() }
            _ = try await Subprocess.run(
                configuration,
                input: .inputWriter,
                output: .discarded,
                error: .discarded
            ) { _ in
                starting.yield()
                for await _ in held {}
            }
        }
        for await _ in started { return }
        throw await Self.failure(of: shell)
    }

    /// Ends the server, deletes its folder, and returns when both are gone.
    public func release() async {
        hold.finish()
        _ = await shell.result
    }

    private static func failure(of shell: Task<Void, any Error>) async -> LocalServerError {
        guard case .failure(let error) = await shell.result else { return .cancelled }
        return .programFailed(program: "/bin/sh", reason: String(describing: error))
    }

    private static func shell(for folder: ServerFolder) throws(LocalServerError) -> Configuration {
        var options = PlatformOptions()
        // Ctrl-C on the terminal must reach the owner and not the guardian.
        options.createSession = true
        // As the server's user it can end that user's processes only, and delete no more than what is theirs.
        return .running(
            "/bin/sh",
            ["-c", script, "caisson-guardian", folder.path],
            as: try ServerUser.forServer(),
            options: options
        )
    }

    /// Goes round until the folder is gone: a start that was under way when the owner died may still be writing.
    private static let script = """
        trap '' HUP INT TERM
        while read -r _; do :; done
        rounds=0
        while [ -e "$1" ] && [ "$rounds" -lt 50 ]; do
            if read -r pid 2>/dev/null <"$1/data/postmaster.pid"; then
                kill -QUIT "$pid" 2>/dev/null
                waits=0
                while kill -0 "$pid" 2>/dev/null && [ "$waits" -lt 70 ]; do
                    sleep 0.1
                    waits=$((waits + 1))
                done
                kill -KILL "$pid" 2>/dev/null
            fi
            rm -rf "$1" 2>/dev/null || sleep 0.1
            rounds=$((rounds + 1))
        done
        """
}
