import SQLSyntax
import Testing

@testable import Migrations

@Suite struct LockRuleTests {
    @Test(
        arguments: [
            ("ALTER TABLE a ADD x int", LockRule.Patience.brief, true),
            ("INSERT INTO a VALUES (1)", .brief, true),
            ("VACUUM a", .unlimited, true),
            ("VACUUM (ANALYZE) a", .unlimited, true),
            ("VACUUM FULL a", .brief, true),
            ("VACUUM (VERBOSE, FULL) a", .brief, true),
            ("CLUSTER", .brief, true),
            ("CLUSTER a USING a_x", .brief, true),
            ("REINDEX TABLE a", .brief, true),
            ("REINDEX SCHEMA s", .brief, true),
            ("REINDEX TABLE CONCURRENTLY a", .unlimited, true),
            ("CREATE INDEX CONCURRENTLY x ON a (b)", .unlimited, true),
            ("DROP INDEX CONCURRENTLY x", .unlimited, true),
            ("ALTER TABLE a DETACH PARTITION b CONCURRENTLY", .unlimited, true),
            ("CREATE DATABASE d", .unlimited, false),
            ("CALL work()", .brief, false),
            ("DO $$ BEGIN COMMIT; END $$", .brief, false),
            ("BEGIN", .brief, false),
        ]
    )
    func `each kind of statement waits and is repeated as it may be`(
        text: String,
        patience: LockRule.Patience,
        mayRepeat: Bool
    ) throws {
        let statement = try #require(StatementSplitter.split(Array(text.utf8)).first)
        let rule = LockRule(statement)
        #expect(rule.patience == patience)
        #expect(rule.mayRepeat == mayRepeat)
    }
}
