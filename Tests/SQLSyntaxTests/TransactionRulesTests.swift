import SQLSyntax
import Testing

@Suite struct TransactionRulesTests {
    private func classify(_ text: String) -> StatementKind {
        TransactionRules.classify(Array(text.utf8))
    }

    @Test(arguments: [
        ("create index concurrently on t (a)", "CREATE INDEX CONCURRENTLY"),
        ("CREATE UNIQUE /* x */ INDEX CONCURRENTLY i ON t (a)", "CREATE INDEX CONCURRENTLY"),
        ("DROP INDEX CONCURRENTLY IF EXISTS i", "DROP INDEX CONCURRENTLY"),
        ("REINDEX TABLE CONCURRENTLY t", "REINDEX CONCURRENTLY"),
        ("REINDEX (VERBOSE, CONCURRENTLY) INDEX i", "REINDEX CONCURRENTLY"),
        ("REINDEX (CONCURRENTLY true) INDEX i", "REINDEX CONCURRENTLY"),
        ("REINDEX SCHEMA s", "REINDEX SCHEMA"),
        ("REINDEX (VERBOSE) DATABASE d", "REINDEX DATABASE"),
        ("REINDEX SYSTEM d", "REINDEX SYSTEM"),
        ("VACUUM", "VACUUM"),
        ("VACUUM (FULL) t", "VACUUM"),
        ("CREATE DATABASE d", "CREATE DATABASE"),
        ("DROP DATABASE d", "DROP DATABASE"),
        ("CREATE TABLESPACE s LOCATION '/x'", "CREATE TABLESPACE"),
        ("DROP TABLESPACE s", "DROP TABLESPACE"),
        ("ALTER SYSTEM SET work_mem = '1MB'", "ALTER SYSTEM"),
        ("ALTER DATABASE d SET TABLESPACE s", "ALTER DATABASE SET TABLESPACE"),
        ("ALTER TABLE ONLY a.p DETACH PARTITION a.c CONCURRENTLY", "ALTER TABLE ... DETACH CONCURRENTLY"),
        ("CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p", "CREATE SUBSCRIPTION"),
        (
            "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (create_slot = true)",
            "CREATE SUBSCRIPTION"
        ),
        ("ALTER SUBSCRIPTION s REFRESH PUBLICATION", "ALTER SUBSCRIPTION ... REFRESH"),
        ("ALTER SUBSCRIPTION s SET PUBLICATION p", "ALTER SUBSCRIPTION with refresh"),
        ("ALTER SUBSCRIPTION s ADD PUBLICATION p WITH (refresh = true)", "ALTER SUBSCRIPTION with refresh"),
        ("CLUSTER", "CLUSTER"),
        ("CLUSTER VERBOSE", "CLUSTER"),
        ("CLUSTER (VERBOSE)", "CLUSTER"),
        ("DISCARD ALL", "DISCARD ALL"),
    ])
    func `the server refuses these in a transaction`(text: String, command: String) {
        #expect(classify(text) == .outsideTransactionOnly(command: command))
    }

    @Test(arguments: [
        "CREATE INDEX concurrently_built ON t (a)", "CREATE INDEX \"concurrently\" ON t (a)",
        "CREATE UNIQUE INDEX i ON t (a)",
        "DROP INDEX i", "REFRESH MATERIALIZED VIEW CONCURRENTLY v", "ANALYZE", "DISCARD TEMP",
        "ALTER DATABASE d SET work_mem = '1MB'",
        "ALTER TABLE p DETACH PARTITION c", "ALTER TABLE p DETACH PARTITION c FINALIZE",
        "ALTER TABLE t ADD vacuum int",
        "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (create_slot = false)",
        "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (slot_name = NONE, connect = 'off')",
        "ALTER SUBSCRIPTION s SET PUBLICATION p WITH (refresh = false)", "ALTER SUBSCRIPTION s DISABLE",
        "CREATE TABLE t (database text)", "PREPARE transaction AS SELECT 1", "SET TRANSACTION READ ONLY",
        "SELECT 'COMMIT'",
        "ALTER TYPE t ADD VALUE 'x'", "",
    ])
    func `these run in a transaction`(text: String) {
        #expect(classify(text) == .ordinary)
    }

    @Test(arguments: [
        ("BEGIN", "BEGIN"), ("begin isolation level serializable", "BEGIN"),
        ("START TRANSACTION READ ONLY", "START TRANSACTION"),
        ("COMMIT", "COMMIT"), ("COMMIT AND CHAIN", "COMMIT"), ("COMMIT PREPARED 'x'", "COMMIT PREPARED"),
        ("END", "END"),
        ("ABORT", "ABORT"), ("ROLLBACK", "ROLLBACK"), ("ROLLBACK WORK AND CHAIN", "ROLLBACK"),
        ("ROLLBACK PREPARED 'x'", "ROLLBACK PREPARED"), ("PREPARE TRANSACTION 'x'", "PREPARE TRANSACTION"),
    ])
    func `these begin or end a transaction`(text: String, command: String) {
        #expect(classify(text) == .transactionControl(command: command))
    }

    @Test(arguments: ["SAVEPOINT a", "RELEASE a", "ROLLBACK TO a", "ROLLBACK WORK TO SAVEPOINT a"])
    func `savepoints keep the transaction`(text: String) {
        #expect(classify(text) == .savepoint)
    }

    @Test(arguments: [
        "DROP SUBSCRIPTION s", "CALL p()", "DO $$ BEGIN END $$", "REINDEX TABLE t", "CLUSTER t USING i",
        "CLUSTER t",
    ])
    func `these depend on what they meet`(text: String) {
        guard case .dependsOnTarget = classify(text) else {
            Issue.record("\(text) is \(classify(text))")
            return
        }
    }
}
