/// What happens by itself when a row of the walked table changes.
///
/// Left out: what counts statements, and what copies a column that other rows' triggers change. Both depend on how many rows a
/// statement changes, and in which order.
enum Trigger: String {
    /// BEFORE: counts the changes of the row.
    case touched
    /// BEFORE: lower case and no spaces around a text.
    case normalise
    /// BEFORE: leaves some rows as they are.
    case suppress
    /// BEFORE: moves the row to another key.
    case moveKey = "moves the key"
    /// AFTER: logs the row.
    case audit
    /// AFTER: counts in another row of the walked table.
    case counter
    /// AFTER: counts in `other`.
    case hits
    /// AFTER: adds a row to the walked table.
    case spawn = "adds rows"
    /// AFTER, for the statement: logs all its rows.
    case transition

    static func choose(for key: WalkKey, _ layout: Layout, _ dice: Dice) -> [Trigger] {
        guard dice.chance(42) else { return [] }
        var triggers: [Trigger] = []
        let canMove = layout.isPlain && key.columns.count == 1 && key.kind != .place && key.kind != .nullable
        let isInteger = key.columns.first.map { [.integer, .smallint, .number].contains($0.type) } == true
        let moves = canMove && isInteger && [.primary, .uniqueIndex, .repeated].contains(key.kind) ? 1 : 0
        if dice.chance(50) {
            triggers.append(
                dice.pick([(10, .touched), (6, .normalise), (3, .suppress), (8 * moves, .moveKey)])
            )
        }
        if dice.chance(60) {
            let transition = 6
            triggers.append(
                dice.pick([
                    (10, .audit), (6, .counter), (4, .hits),
                    (4 * moves * (triggers == [.moveKey] ? 0 : 1), .spawn),
                    (transition, .transition),
                ])
            )
        }
        return triggers
    }

    /// The function and the triggers, for every table that needs its own.
    func script(for table: RandomTable, on tables: [String]) -> [String] {
        let name = quoted(rawValue.split(separator: " ").joined(separator: "_") + "_done")
        let function =
            "CREATE FUNCTION \(name)() RETURNS trigger LANGUAGE plpgsql AS $body$BEGIN \(body(table)) END$body$"
        return [function]
            + tables.flatMap { relation in
                events.map { event in
                    "CREATE TRIGGER \(quoted("\(rawValue)_\(event.suffix)")) \(event.clause(on: relation)) EXECUTE FUNCTION \(name)()"
                }
            }
    }

    /// Whether each table below a parent needs a trigger of its own. Partitions get the triggers of rows by themselves.
    var isForRows: Bool { self != .transition }

    private struct Event {
        let suffix: String
        let head: String
        let tail: String

        func clause(on relation: String) -> String { "\(head) ON \(relation) \(tail)" }
    }

    private var events: [Event] {
        let row = "FOR EACH ROW"
        // Counting in other rows of the table fires the trigger again.
        let outermost = "FOR EACH ROW WHEN (pg_trigger_depth() = 0)"
        switch self {
        case .touched, .normalise: return [Event(suffix: "b", head: "BEFORE UPDATE", tail: row)]
        case .moveKey: return [Event(suffix: "b", head: "BEFORE UPDATE", tail: outermost)]
        case .suppress: return [Event(suffix: "b", head: "BEFORE UPDATE OR DELETE", tail: row)]
        case .audit: return [Event(suffix: "a", head: "AFTER INSERT OR UPDATE OR DELETE", tail: row)]
        case .counter, .hits, .spawn: return [Event(suffix: "a", head: "AFTER UPDATE", tail: outermost)]
        case .transition:
            return [
                Event(
                    suffix: "u",
                    head: "AFTER UPDATE",
                    tail: "REFERENCING NEW TABLE AS seen_rows FOR EACH STATEMENT"
                ),
                Event(
                    suffix: "d",
                    head: "AFTER DELETE",
                    tail: "REFERENCING OLD TABLE AS seen_rows FOR EACH STATEMENT"
                ),
            ]
        }
    }

    private func body(_ table: RandomTable) -> String {
        let (group, seat) = (table[.group], table[.seat])
        let key = table.key.columns.first?.name ?? ""
        let moved = table.integerKey?.type.moved("OLD.\(key)", rows: table.rows) ?? "OLD.\(key)"
        switch self {
        case .touched: return "NEW.\(table[.touched]) := OLD.\(table[.touched]) + 1; RETURN NEW;"
        case .normalise: return "NEW.\(table[.note]) := lower(btrim(NEW.\(table[.note]))); RETURN NEW;"
        case .suppress:
            return
                "IF OLD.\(group) = 3 THEN RETURN NULL; ELSIF TG_OP = 'DELETE' THEN RETURN OLD; ELSE RETURN NEW; END IF;"
        case .moveKey: return "NEW.\(key) := \(moved); RETURN NEW;"
        case .audit:
            let row = [group, table[.note]]
            return """
                IF TG_OP <> 'INSERT' THEN INSERT INTO audit SELECT TG_OP || ' old', OLD.\(seat)::text, \(Self.of("OLD", row)); END IF;
                IF TG_OP <> 'DELETE' THEN INSERT INTO audit SELECT TG_OP || ' new', NEW.\(seat)::text, \(Self.of("NEW", row)); END IF;
                RETURN NULL;
                """
        case .counter:
            return """
                UPDATE \(table.sqlName) AS pointed SET \(table[.kids]) = pointed.\(table[.kids]) + 1
                WHERE pointed.\(seat) = NEW.\(group) * 4; RETURN NULL;
                """
        case .hits:
            return "UPDATE other SET hits = hits + 1 WHERE other.id = NEW.\(table[.ref]); RETURN NULL;"
        case .spawn:
            return """
                INSERT INTO \(table.sqlName) (\(key), \(group), \(table[.flag]), \(seat))
                VALUES (\(moved), NEW.\(group), NEW.\(table[.flag]), NEW.\(seat) + 100000); RETURN NULL;
                """
        case .transition:
            return
                "INSERT INTO audit SELECT TG_OP, s.\(seat)::text, s.\(group), s.\(table[.note]) FROM seen_rows AS s; RETURN NULL;"
        }
    }

    private static func of(_ record: String, _ columns: [String]) -> String {
        columns.map { "\(record).\($0)" }.joined(separator: ", ")
    }
}
