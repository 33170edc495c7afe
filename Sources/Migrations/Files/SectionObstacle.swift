/// Why a file can be known and counted as applied, but not be run here: it needs the tool it was written for.
public struct SectionObstacle: Hashable, Sendable {
    /// The line, from 1.
    public let line: Int

    /// What it needs, and what to do.
    public let text: String
}
