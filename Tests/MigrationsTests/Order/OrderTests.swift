import SQLSyntax
import Testing

@testable import Migrations

@Suite struct OrderTests {
    private func migration(_ version: String, _ name: String = "x", _ up: String) throws -> Migration {
        let source = SourceFile(path: "\(version)_\(name).sql", text: "-- migrate:up\n\(up)\n")
        let (up, down) = try MigrationFile(source).sections()
        return Migration(identity: try #require(Migration.Identity(version)), name: name, up: up, down: down)
    }

    private func states(
        _ files: [Migration],
        _ ledger: [Migration],
        late: LatePolicy = .refuse
    ) -> [String] {
        MigrationPlan.statuses(available: files, applied: ledger.map { AppliedMigration(of: $0) }, late: late)
            .map(\.state.word)
    }

    // MARK: cosmetic edits

    @Test(arguments: [
        "-- why\nCREATE TABLE a (x int);", "CREATE  TABLE a\n(\n  x int\n);", "create table A (X INT)",
        "CREATE TABLE a (x /* key */ int);;",
    ])
    func `an edit of comments and white space passes`(text: String) throws {
        let old = try migration("1", "x", "CREATE TABLE a (x int);")
        #expect(states([try migration("1", "x", text)], [old]) == ["applied"])
    }

    @Test(arguments: [
        "CREATE TABLE a (x bigint);", "CREATE TABLE \"A\" (x int);", "CREATE TABLE a (x int); SELECT 1;",
        "-- none",
    ])
    func `an edit of the SQL does not`(text: String) throws {
        let old = try migration("1", "x", "CREATE TABLE a (x int);")
        #expect(states([try migration("1", "x", text)], [old]) == ["edited"])
    }

    @Test func `white space inside a string counts`() throws {
        let old = try migration("1", "x", "INSERT INTO a VALUES ('a b');")
        #expect(states([try migration("1", "x", "INSERT INTO a VALUES ('a  b');")], [old]) == ["edited"])
    }

    @Test func `files without a statement are not copies of each other`() throws {
        let (old, new) = (try migration("1", "a", "-- one"), try migration("2", "b", "-- two"))
        #expect(states([new], [old]) == ["missing", "pending"])
    }

    @Test func `a renamed file is known although its comments were edited`() throws {
        let (old, new) = (
            try migration("1", "a", "SELECT 1;"), try migration("3", "a", "-- moved\nSELECT 1;")
        )
        #expect(states([new], [old]) == ["renamed"])
    }

    // MARK: late files

    @Test(arguments: [
        (LatePolicy.refuse, ["late", "applied", "pending"]), (.run, ["pending", "applied", "pending"]),
        (.ignore, ["ignored", "applied", "pending"]),
    ])
    func `a late file is treated as the policy says`(policy: LatePolicy, expected: [String]) throws {
        let files = try ["1", "2", "3"].map { try migration($0, "x", "SELECT \($0);") }
        #expect(states(files, [files[1]], late: policy) == expected)
        guard policy != .refuse else { return }
        let plan = try MigrationPlan(
            .up(.latest),
            available: files,
            applied: [AppliedMigration(of: files[1])],
            late: policy
        )
        #expect(plan.steps.map(\.label) == (policy == .run ? ["1_x", "3_x"] : ["3_x"]))
    }

    // MARK: branches

    private func findings(
        here: [Migration],
        base: [Migration],
        ancestor: [Migration]
    ) -> [String] {
        MigrationFinding.find(here: here, base: base, ancestor: ancestor).map { "\($0.version) \($0.word)" }
    }

    @Test func `files that were added in order collide with nothing`() throws {
        let (old, theirs, ours) = (
            try migration("1", "a", "SELECT 1;"), try migration("2", "b", "SELECT 2;"),
            try migration("3", "c", "SELECT 3;")
        )
        #expect(findings(here: [old, ours], base: [old, theirs], ancestor: [old]).isEmpty)
        #expect(findings(here: [old], base: [old, theirs], ancestor: [old]).isEmpty)
    }

    @Test func `two files with one version, and a late one, are found`() throws {
        let (old, theirs) = (try migration("1", "a", "SELECT 1;"), try migration("3", "b", "SELECT 2;"))
        let (same, late) = (try migration("3", "c", "SELECT 3;"), try migration("2", "c", "SELECT 4;"))
        #expect(findings(here: [old, same], base: [old, theirs], ancestor: [old]) == ["3 same version"])
        #expect(findings(here: [old, late], base: [old, theirs], ancestor: [old]) == ["2 late"])
    }

    @Test func `edited, renamed and removed files of the base are found`() throws {
        let old = try migration("1", "a", "SELECT 1;")
        let other = try migration("2", "b", "SELECT 2;")
        let edited = try migration("1", "a", "SELECT 9;")
        let moved = try migration("4", "a", "SELECT 1;")
        #expect(
            findings(here: [edited, other], base: [old, other], ancestor: [old, other]) == ["1 edited"]
        )
        #expect(
            findings(here: [moved, other], base: [old, other], ancestor: [old, other]) == ["4 renamed"]
        )
        #expect(findings(here: [other], base: [old, other], ancestor: [old, other]) == ["1 removed"])
        let cosmetic = try migration("1", "a", "-- why\nSELECT 1;")
        #expect(findings(here: [cosmetic, other], base: [old, other], ancestor: [old, other]).isEmpty)
        // What only the base has changed comes with the merge.
        #expect(findings(here: [old, other], base: [edited, other], ancestor: [old, other]).isEmpty)
    }
}
