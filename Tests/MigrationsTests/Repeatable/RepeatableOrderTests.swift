import Testing

@testable import Migrations

/// The order of repeatable files, and which run again after others; no server.
@Suite struct RepeatableOrderTests {
    private func directory(_ files: [String: String]) throws -> [Migration] {
        let bytes = Dictionary(uniqueKeysWithValues: files.map { ($0.key + ".sql", Array($0.value.utf8)) })
        return try MigrationDirectory(FolderListing(path: "db", files: bytes), layout: .native).migrations
    }

    private func order(_ files: [String: String]) throws -> [String] {
        try MigrationPlan(.up(.latest), available: directory(files), applied: []).steps.map(\.label)
    }

    private func view(_ name: String, from source: String) -> String {
        "CREATE OR REPLACE VIEW \(name) AS SELECT * FROM \(source);"
    }

    @Test func `views come behind those they are made of`() throws {
        let files = [
            "R__a": view("top", from: "middle"), "R__b": view("middle", from: "bottom"),
            "R__c": view("bottom", from: "city"), "1_city": "-- migrate:up\nCREATE TABLE city (id int);",
        ]
        #expect(try order(files) == ["1_city", "R__c", "R__b", "R__a"])
    }

    @Test func `without a need between them names decide`() throws {
        #expect(
            try order(["R__10": view("a", from: "t"), "R__9": view("b", from: "t"), "R__B": "SELECT 1;"])
                == ["R__10", "R__9", "R__B"]
        )
    }

    @Test(arguments: [
        "CREATE FUNCTION uses() RETURNS int LANGUAGE sql AS $$ SELECT made() $$;",
        "CREATE VIEW uses AS SELECT made(1);",
        "CREATE TRIGGER made AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION made();",
        "CREATE FUNCTION uses() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN made(); END $$;",
        "DO $$ BEGIN PERFORM made(); END $$;", "GRANT EXECUTE ON FUNCTION public.made TO app;",
    ])
    func `a function comes before what calls it`(user: String) throws {
        let maker = "CREATE OR REPLACE FUNCTION made() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN END $$;"
        #expect(try order(["R__a": user, "R__b": maker]) == ["R__b", "R__a"])
    }

    @Test func `what only a body of PL/pgSQL needs gives way to what has to be there`() throws {
        let function =
            "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT x FROM v); END $$;"
        #expect(
            try order(["R__a": "CREATE VIEW v AS SELECT f() AS x;", "R__b": function]) == ["R__b", "R__a"]
        )
    }

    @Test func `a circle runs in the order of its names`() throws {
        let files = [
            "R__a": view("a", from: "b"), "R__b": view("b", from: "a"), "R__0": view("after", from: "b"),
            "R__z": view("before", from: "t"), "R__c": view("c", from: "before JOIN a USING (x)"),
        ]
        #expect(try order(files) == ["R__a", "R__b", "R__0", "R__z", "R__c"])
    }

    @Test func `a file that drops what another creates comes first`() throws {
        let bottom = "DROP VIEW IF EXISTS top; DROP VIEW IF EXISTS bottom; CREATE VIEW bottom AS SELECT 1;"
        #expect(
            try order(["R__a": "CREATE VIEW top AS SELECT 2;", "R__b": bottom]) == ["R__b", "R__a"]
        )
    }

    // MARK: again

    /// What runs after files were changed, with what each takes along.
    private func again(
        _ files: [String: String],
        here: [String: String]? = nil,
        changed: [String: String],
        _ command: MigrationCommand = .up(.latest)
    ) throws -> [String] {
        let ledger = try directory(files).map { AppliedMigration(of: $0) }
        let now = try directory((here ?? files).merging(changed) { $1 })
        return try MigrationPlan(command, available: now, applied: ledger).steps.map { step in
            ([step.label] + step.takenAlong.map(\.description)).joined(separator: " > ")
        }
    }

    private var three: [String: String] {
        [
            "R__a": view("top", from: "middle"), "R__b": view("middle", from: "bottom"),
            "R__c": view("bottom", from: "city"), "R__d": view("other", from: "city"),
        ]
    }

    @Test func `a changed file alone runs alone`() throws {
        #expect(try again(three, changed: ["R__c": view("bottom", from: "town")]) == ["R__c"])
    }

    @Test(arguments: [
        ("DROP VIEW bottom CASCADE", ["R__c > R__b > R__a", "R__b", "R__a"]),
        ("DROP VIEW IF EXISTS public.bottom CASCADE", ["R__c > R__b > R__a", "R__b", "R__a"]),
        ("DROP VIEW middle CASCADE", ["R__c > R__b > R__a", "R__b", "R__a"]),
        ("DROP VIEW top", ["R__c > R__a", "R__a"]),
        ("DROP VIEW top, middle, bottom", ["R__c > R__b > R__a", "R__b", "R__a"]),
        // It can only work when nothing depends on it.
        ("DROP VIEW bottom", ["R__c"]),
        // A view whose schema the files do not name may be in any.
        ("DROP VIEW elsewhere.bottom CASCADE", ["R__c > R__b > R__a", "R__b", "R__a"]),
        ("DROP TRIGGER bottom ON city CASCADE", ["R__c"]),
    ])
    func `what goes with a drop runs again`(drop: String, expected: [String]) throws {
        let text = "\(drop); \(view("bottom", from: "town"))"
        #expect(try again(three, changed: ["R__c": text]) == expected)
    }

    @Test func `a versioned migration that drops a view has its file run again`() throws {
        let change = "-- migrate:up\nDROP VIEW middle CASCADE; ALTER TABLE city ADD x int;"
        #expect(
            try again(three, changed: ["7_change": change]) == ["7_change > R__b > R__a", "R__b", "R__a"]
        )
    }

    @Test func `a way back that drops a view says so, and a redo brings it back`() throws {
        let city = "-- migrate:up\nCREATE TABLE city ();\n-- migrate:down\nDROP TABLE city CASCADE;"
        let files = three.merging(["1_city": city]) { $1 }
        let taken = "1_city > R__c > R__b > R__a > R__d"
        #expect(try again(files, changed: [:], .down(.latest)) == [taken])
        #expect(
            try again(files, changed: [:], .redo(steps: 1)) == [
                taken, "1_city", "R__c", "R__b", "R__a", "R__d",
            ]
        )
        // What was changed since may need what is not there yet, so it waits for the next up.
        let changed = ["R__b": view("middle", from: "elsewhere")]
        #expect(
            try again(files, changed: changed, .redo(steps: 1))
                == ["1_city > R__b > R__a > R__c > R__d", "1_city"]
        )
    }

    @Test func `what the files did when they ran last counts, not only what they say now`() throws {
        let bottom = "DROP VIEW bottom CASCADE; \(view("bottom", from: "town"))"
        var changed = ["R__b": view("middle", from: "elsewhere"), "R__c": "SELECT 1;", "R__0": bottom]
        #expect(
            try again(three, changed: changed) == ["R__0 > R__b > R__a > R__c", "R__b", "R__a", "R__c"]
        )
        // A file that is gone has left its view.
        let without = three.merging(["R__e": view("last", from: "top")]) { $1 }
        let now = without.filter { $0.key != "R__a" }
        changed = ["R__c": bottom]
        #expect(
            try again(without, here: now, changed: changed) == ["R__c > R__b > R__e", "R__b", "R__e"]
        )
    }

    @Test func `the body of a routine is not taken along, its signature is`() throws {
        let files = [
            "R__v": "DROP VIEW IF EXISTS v CASCADE; CREATE VIEW v AS SELECT 1 AS x;",
            "R__w":
                "CREATE OR REPLACE FUNCTION b() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT x FROM v); END $$;",
            "R__x": "CREATE OR REPLACE FUNCTION s() RETURNS SETOF v LANGUAGE plpgsql AS $$ BEGIN END $$;",
        ]
        let changed = ["R__v": "DROP VIEW IF EXISTS v CASCADE; CREATE VIEW v AS SELECT 2 AS x;"]
        #expect(try again(files, changed: changed) == ["R__v > R__x", "R__x"])
    }

    @Test func `two files that seem to need each other come to an end`() throws {
        let files = [
            "R__a": "DROP VIEW IF EXISTS a CASCADE; CREATE VIEW a AS SELECT b FROM t;",
            "R__b": "DROP VIEW IF EXISTS b CASCADE; CREATE VIEW b AS SELECT a FROM t;",
        ]
        let changed = ["R__b": "DROP VIEW IF EXISTS b CASCADE; CREATE VIEW b AS SELECT a FROM u;"]
        #expect(try again(files, changed: changed) == ["R__b"])
        let other = ["R__a": "DROP VIEW IF EXISTS a CASCADE; CREATE VIEW a AS SELECT b FROM u;"]
        #expect(try again(files, changed: other) == ["R__a > R__b", "R__b"])
    }

    @Test func `a first run takes nothing along`() throws {
        let bottom = "DROP VIEW IF EXISTS bottom CASCADE; CREATE VIEW bottom AS SELECT 1 AS x;"
        let files = try directory(three.merging(["R__c": bottom]) { $1 })
        let steps = try MigrationPlan(.up(.latest), available: files, applied: []).steps
        #expect(steps.flatMap(\.takenAlong).isEmpty)
        #expect(steps.count == 4)
    }
}
