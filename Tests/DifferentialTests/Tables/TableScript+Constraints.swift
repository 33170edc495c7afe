extension TableScript {
    /// What is added when the rows are there.
    static func constraints(_ table: RandomTable) -> [String] {
        let (name, seat, ref) = (table.sqlName, table[.seat], table[.ref])
        var statements: [String] = []
        func reference(_ action: String) {
            statements.append("ALTER TABLE \(name) ADD FOREIGN KEY (\(ref)) REFERENCES other (id) \(action)")
        }
        func child(_ action: String) {
            statements.append("INSERT INTO child SELECT \(seat), \(seat) FROM \(name) WHERE \(seat) % 3 = 0")
            statements.append(
                "ALTER TABLE child ADD FOREIGN KEY (seat) REFERENCES \(name) (\(seat)) \(action)"
            )
        }
        if table.key.kind == .reference { reference("ON UPDATE CASCADE") }
        for extra in table.extras {
            switch extra {
            case .refCascades: reference("ON DELETE CASCADE")
            case .refIsSetNull where table.key.kind != .reference:
                reference("ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED")
            case .childCascades: child("ON DELETE CASCADE")
            case .childIsSetNull: child("ON DELETE SET NULL")
            case .childRestricts: child("")
            case .selfCascades:
                statements.append(
                    "ALTER TABLE \(name) ADD FOREIGN KEY (\(table[.boss])) REFERENCES \(name) (\(seat)) ON DELETE CASCADE"
                )
            case .rule:
                statements.append(
                    "CREATE RULE log AS ON UPDATE TO \(name) DO ALSO INSERT INTO audit VALUES ('rule', OLD.\(seat)::text)"
                )
            case .policy:
                statements.append("ALTER TABLE \(name) ENABLE ROW LEVEL SECURITY")
                statements.append("CREATE POLICY hidden ON \(name) USING (false)")
            case .deferredCheck:
                statements.append(
                    "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $body$BEGIN IF NEW.\(table[.target]) > 16 THEN "
                        + "RAISE EXCEPTION 'too large'; END IF; RETURN NULL; END$body$"
                )
                statements.append(
                    "CREATE CONSTRAINT TRIGGER refuse AFTER UPDATE ON \(name) DEFERRABLE INITIALLY DEFERRED FOR EACH ROW "
                        + "EXECUTE FUNCTION refuse()"
                )
            default: break
            }
        }
        return statements
    }
}
