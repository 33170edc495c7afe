import SQLSyntax
import Testing

struct KeyJoinTests {
    static func join(_ text: String) throws -> KeyJoin {
        try KeyJoin(StatementShape(text), of: text, joining: "chunk")
    }

    static let plain = [
        "UPDATE city SET a = lower(city.name) FROM chunk WHERE city.id = chunk.id",
        "update only s.city as c set a = lower(c.name) from chunk as k where k.id = c.id;",
        "UPDATE city c SET a = lower(c.name) FROM chunk k WHERE c.\"id\" = k.ID -- the end",
    ]

    @Test(arguments: plain)
    func `the assignments and the key are found`(_ text: String) throws {
        let join = try Self.join(text)
        #expect(join.columns == ["id"])
        #expect(join.names.isSuperset(of: ["a", "lower", "name"]) && !join.names.contains("chunk"))
        let bytes = Array(text.utf8)[join.assignments]
        #expect(String(decoding: bytes, as: UTF8.self).lowercased().hasPrefix("set a = lower("))
    }

    @Test func `keys of several columns and expressions with FROM in them are understood`() throws {
        let join = try Self.join(
            """
            UPDATE t SET a = extract(year FROM t.at), b = t.x IS DISTINCT FROM t.y || 'from'
            FROM chunk WHERE t.p = chunk.p AND chunk.q = t.q
            """
        )
        #expect(join.columns == ["p", "q"] && join.operators == ["=", "||"])
    }

    static let others: [(String, KeyJoin.Obstacle)] = [
        ("DELETE FROM t USING chunk WHERE t.id = chunk.id", .otherStatement),
        ("UPDATE t SET a = 1 FROM chunk WHERE t.id = chunk.id RETURNING a", .otherStatement),
        ("WITH x AS (SELECT 1) UPDATE t SET a = 1 FROM chunk WHERE t.id = chunk.id", .otherStatement),
        ("UPDATE t SET a = u.a FROM chunk, u WHERE t.id = chunk.id", .otherRelations),
        ("UPDATE t SET a = u.a FROM chunk JOIN u USING (id) WHERE t.id = chunk.id", .otherRelations),
        ("UPDATE t SET a = 1 FROM u WHERE t.id IN (SELECT id FROM chunk)", .otherRelations),
        ("UPDATE t SET a = 1 FROM chunk", .otherConditions),
        ("UPDATE t SET a = 1 FROM chunk WHERE t.id = chunk.id AND t.a IS NULL", .otherConditions),
        ("UPDATE t SET a = 1 FROM chunk WHERE t.id = chunk.id OR t.id = chunk.id", .otherConditions),
        ("UPDATE t SET a = 1 FROM chunk WHERE t.id = chunk.id + 1", .otherConditions),
        ("UPDATE t SET a = 1 FROM chunk WHERE t.id = chunk.other", .otherConditions),
        ("UPDATE t SET a = 1 FROM chunk WHERE t.id = t.id", .otherConditions),
        ("UPDATE t SET a = chunk.id FROM chunk WHERE t.id = chunk.id", .relationInAssignments),
    ]

    @Test(arguments: others)
    func `anything else is told apart`(_ text: String, _ obstacle: KeyJoin.Obstacle) {
        #expect(throws: obstacle) { try Self.join(text) }
    }
}
