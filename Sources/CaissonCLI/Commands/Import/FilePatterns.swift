import Foundation

/// The files that the words of a command line mean: names, and patterns that the shell has left to us.
enum FilePatterns {
    /// The files in the order in which they are named, those of a pattern by their names; each once, whatever it is called by.
    ///
    /// - Throws: ``NoMatch``.
    static func files(_ words: [String]) throws -> [String] {
        var seen: Set<String> = []
        return try words.flatMap(matches).filter { path in
            path == "-" || seen.insert(URL(fileURLWithPath: path).resolvingSymlinksInPath().path).inserted
        }
    }

    private static func matches(_ word: String) throws -> [String] {
        let isPattern = word.contains { "*?[".contains($0) } && !FileManager.default.fileExists(atPath: word)
        guard isPattern else { return [word] }
        var found = glob_t()
        defer { globfree(&found) }
        guard glob(word, 0, nil, &found) == 0 else { throw NoMatch(pattern: word) }
        return (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }
    }

    /// A pattern that no file fits.
    struct NoMatch: Error, CustomStringConvertible {
        let pattern: String
        var description: String { "No file fits the pattern \(pattern). Look whether the folder is right." }
    }
}
