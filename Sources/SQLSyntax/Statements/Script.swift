/// What a script is made of.
public struct Script: Hashable, Sendable {
    /// Its statements in order.
    public internal(set) var statements: [Statement] = []

    /// Its comments outside of quotes and COPY data, in order.
    public internal(set) var comments: [ScriptComment] = []

    /// The line of the first `{{` or `{%` outside of quotes. No SQL has that; a template does, which another program has to fill
    /// in first.
    public internal(set) var templateLine: Int?
}
