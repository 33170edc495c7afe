/// A comment of a script, with what a reader of markers has to know about its place.
public struct ScriptComment: Hashable, Sendable {
    /// Where in the script's structure a comment stands.
    public enum Place: Hashable, Sendable {
        /// Between two statements.
        case betweenStatements
        /// Inside a statement that has begun on this line and is not closed yet, but not inside parentheses
        /// or a body.
        case insideStatement(line: Int)
        /// Inside parentheses, or inside the body of a routine, of a statement that has begun on this line.
        case nested(line: Int)
    }

    /// Its bytes in the script.
    public let range: Range<Int>

    /// Its line, from 1.
    public let line: Int

    /// Whether nothing but white space stands before it on its line.
    public let startsLine: Bool

    /// `/* */`, not `--`.
    public let isBlock: Bool

    /// Where it stands.
    public let place: Place
}
