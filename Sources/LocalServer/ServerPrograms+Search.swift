import Foundation

extension ServerPrograms {
    /// Where distributions put the programs that are not on the PATH; `*` stands for a version.
    static let usualPlaces = [
        "/usr/lib/postgresql/*/bin",
        "/usr/pgsql-*/bin",
        "/opt/homebrew/opt/postgresql@*/bin",
        "/usr/local/opt/postgresql@*/bin",
        "/opt/homebrew/opt/postgresql/bin",
        "/usr/local/opt/postgresql/bin",
        "/usr/local/pgsql/bin",
    ]

    /// The installation to use for a data folder: of the version that made it, or the first found for a new one.
    ///
    /// `CAISSON_PG_BIN`, where it is set, is the only place that is looked at.
    static func find(
        forDataFolder folder: ServerFolder,
        environment: [String: String] = ProcessInfo.processInfo.environment,
        places: [String] = usualPlaces
    ) async throws(LocalServerError) -> ServerPrograms {
        let user = try ServerUser.forServer()
        let candidates = await candidates(environment: environment, places: places)
        let complete = candidates.filter(isComplete).map { ServerPrograms(directory: $0, user: user) }
        guard let first = complete.first else {
            throw .programsNotFound(searched: candidates, only: environment["CAISSON_PG_BIN"])
        }
        guard let needed = folder.majorVersion else { return first }
        for programs in complete {
            if try await programs.majorVersion() == needed { return programs }
        }
        throw .wrongVersion(folder: folder.path, needed: needed, found: complete.map(\.directory))
    }

    static func candidates(environment: [String: String], places: [String]) async -> [String] {
        if let only = environment["CAISSON_PG_BIN"], !only.isEmpty { return [only] }
        let path = (environment["PATH"] ?? "").split(separator: ":").map(String.init)
        let onPath = path.filter { FileManager.default.isExecutableFile(atPath: "\($0)/pg_ctl") }
        var all = onPath + (await bindir(path: path)) + places.flatMap(expand)
        var seen = Set<String>()
        all.removeAll { !seen.insert($0).inserted }
        return all
    }

    /// What `pg_config` says. It comes with the headers, so it can name a folder that does not exist.
    private static func bindir(path: [String]) async -> [String] {
        let programs = path.map { "\($0)/pg_config" }
        guard let program = programs.first(where: FileManager.default.isExecutableFile(atPath:)),
            let answer = try? await run(program, ["--bindir"], as: nil), answer.succeeded
        else { return [] }
        return [answer.output.trimmingCharacters(in: .whitespacesAndNewlines)]
    }

    /// All folders a pattern with one `*` stands for, the highest version first.
    static func expand(_ pattern: String) -> [String] {
        guard let star = pattern.firstIndex(of: "*") else { return [pattern] }
        let head = pattern[..<star]
        let tail = pattern[pattern.index(after: star)...]
        let slash = head.lastIndex(of: "/") ?? head.startIndex
        let parent = String(head[..<slash])
        let prefix = head[head.index(after: slash)...]
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
        let versions = entries.compactMap { $0.hasPrefix(prefix) ? Double($0.dropFirst(prefix.count)) : nil }
        let names = entries.filter { $0.hasPrefix(prefix) && Double($0.dropFirst(prefix.count)) != nil }
        return zip(versions, names).sorted { $0.0 > $1.0 }.map { "\(parent)/\($0.1)\(tail)" }
    }

    private static func isComplete(_ directory: String) -> Bool {
        ["initdb", "pg_ctl", "postgres"].allSatisfy {
            FileManager.default.isExecutableFile(atPath: "\(directory)/\($0)")
        }
    }

    /// From a text like `pg_ctl (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`, also `18beta1`.
    private func majorVersion() async throws(LocalServerError) -> String {
        let answer = try await run("pg_ctl", ["--version"])
        let version = answer.output.split(separator: ")").dropFirst().first ?? ""
        return String(version.drop { !$0.isNumber }.prefix { $0.isNumber })
    }
}
