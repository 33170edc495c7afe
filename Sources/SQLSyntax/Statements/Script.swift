/// What a script is made of.
public struct Script: Hashable, Sendable {
    /// Its statements in order.
    public internal(set) var statements: [Statement] = []

    /// Its comments outside of quotes and COPY data, in order.
    public internal(set) var comments: [ScriptComment] = []

    /// The line of the first `{{` or `{%` outside of quotes. No SQL has that; a template does, which another program has to fill
    /// in first.
    public internal(set) var templateLine: Int?

    /// Takes what begins at a place or behind it out of the script; nil, and nothing is taken, where a statement goes over the
    /// place, or where it is not known which part has the template.
    package mutating func cut(at place: Int) -> Script? {
        let first = statements.firstIndex { $0.range.lowerBound >= place } ?? statements.endIndex
        let end = first > 0 ? statements[first - 1].end : 0
        guard end <= place, templateLine == nil else { return nil }
        var part = Script()
        if first == 0 {
            // Two lists of a big file's statements are more than the file.
            swap(&part.statements, &statements)
        } else {
            part.statements = Array(statements[first...])
            statements.removeSubrange(first...)
        }
        let firstComment = comments.firstIndex { $0.range.lowerBound >= place } ?? comments.endIndex
        part.comments = Array(comments[firstComment...])
        comments.removeSubrange(firstComment...)
        return part
    }
}

extension Statement {
    /// Where it and its data end.
    fileprivate var end: Int { copyData?.upperBound ?? range.upperBound }
}
