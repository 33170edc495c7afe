import Foundation

extension DumpProgram {
    /// The `pg_dump` for a server: of the server's own major version where there is one, because its text is what other
    /// machines will write too; otherwise the next newer one.
    ///
    /// Looked for in `CAISSON_PG_BIN` alone where that is set, else on the `PATH` and where distributions put it.
    ///
    /// - Parameter server: the server's major version, such as 15.
    /// - Throws: `DumpProgramError.notFound`, `.tooOld`.
    public static func find(forServer server: Int) async throws -> DumpProgram {
        try await find(
            forServer: server,
            environment: ProcessInfo.processInfo.environment,
            places: ServerPrograms.usualPlaces
        )
    }

    static func find(
        forServer server: Int,
        environment: [String: String],
        places: [String]
    ) async throws -> DumpProgram {
        let folders = folders(environment: environment, places: places)
        var found: [DumpProgram] = []
        for folder in folders {
            let path = "\(folder)/pg_dump"
            guard FileManager.default.isExecutableFile(atPath: path) else { continue }
            // One that does not even tell its version is none.
            guard let answer = try? await run(path, ["--version"], ProgramEnvironment.client(environment)),
                let version = version(in: answer)
            else { continue }
            let program = DumpProgram(path: path, majorVersion: version)
            if version == server { return program }
            found.append(program)
        }
        try Task.checkCancellation()
        let able = found.filter { $0.majorVersion > server }.min { $0.majorVersion < $1.majorVersion }
        if let able { return able }
        guard found.isEmpty else { throw DumpProgramError.tooOld(server: server, found: found) }
        let only = environment["CAISSON_PG_BIN"].flatMap { $0.isEmpty ? nil : $0 }
        throw DumpProgramError.notFound(searched: folders, only: only)
    }

    private static func folders(environment: [String: String], places: [String]) -> [String] {
        if let only = environment["CAISSON_PG_BIN"], !only.isEmpty { return [only] }
        let path = (environment["PATH"] ?? "").split(separator: ":").map(String.init)
        var seen = Set<String>()
        return (path + places.flatMap(ServerPrograms.expand)).filter { seen.insert($0).inserted }
    }

    /// From a text like `pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`, also `18beta1`.
    private static func version(in answer: String) -> Int? {
        let text = answer.split(separator: ")").dropFirst().first ?? ""
        return Int(text.drop { !$0.isNumber }.prefix { $0.isNumber })
    }
}
