import Foundation
import SQLSyntax
import Testing

@testable import Migrations

@Suite struct MigrationPlanTests {
    private func migration(
        _ version: String,
        _ name: String = "x",
        up: String = "SELECT 1;",
        down: String? = ""
    ) throws -> Migration {
        let text = "-- migrate:up\n\(up)\n" + (down.map { "-- migrate:down\n\($0)\n" } ?? "")
        let source = SourceFile(path: "\(version)_\(name).sql", text: text)
        let (up, down) = try MigrationFile(source).sections()
        return Migration(identity: try #require(Migration.Identity(version)), name: name, up: up, down: down)
    }

    private func repeatable(_ name: String, _ text: String) throws -> Migration {
        let up = try MigrationFile(SourceFile(path: "R__\(name).sql", text: text)).onlySection(.up)
        return Migration(identity: .repeatable(name), name: name, up: up, down: nil)
    }

    private func applied(
        _ migration: Migration,
        _ state: AppliedMigration.State = .applied,
        finished: Int = 0
    ) -> AppliedMigration {
        let section = state == .reverting ? migration.down : migration.up
        let statements = section?.statements.prefix(finished) ?? []
        return AppliedMigration(
            identity: migration.identity,
            name: migration.name,
            state: state,
            checksum: migration.checksum,
            normalizedChecksum: migration.normalizedChecksum,
            upText: migration.up.text,
            downText: migration.down?.text,
            statements: statements.enumerated().map { index, statement in
                RecordedStatement(
                    ordinal: index + 1,
                    hash: section?.hash(of: statement) ?? "",
                    isFinished: true
                )
            }
        )
    }

    private func version(_ text: String) throws -> MigrationVersion { try #require(MigrationVersion(text)) }

    private func conflicts(
        _ command: MigrationCommand,
        _ available: [Migration],
        _ applied: [AppliedMigration]
    ) throws -> [MigrationConflict] {
        let error = try #require(throws: MigrationPlanError.self) {
            try MigrationPlan(command, available: available, applied: applied)
        }
        guard case .conflicts(let conflicts) = error else { throw error }
        return conflicts
    }

    // MARK: up

    @Test func `up takes what is pending, in order`() throws {
        let all = [try migration("1"), try migration("2"), try migration("10")]
        let plan = try MigrationPlan(.up(.latest), available: all, applied: [applied(all[0])])
        #expect(plan.steps.map(\.label) == ["2_x", "10_x"])
        #expect(plan.statuses.map(\.state.word) == ["applied", "pending", "pending"])
        #expect(
            try MigrationPlan(.up(.latest), available: all, applied: all.map { applied($0) }).steps.isEmpty
        )
    }

    @Test func `up stops at a version or after some steps`() throws {
        let all = [try migration("1"), try migration("2"), try migration("3")]
        #expect(
            try MigrationPlan(.up(.version(version("2"))), available: all, applied: []).steps.map(\.label)
                == ["1_x", "2_x"]
        )
        #expect(try MigrationPlan(.up(.steps(1)), available: all, applied: []).steps.map(\.label) == ["1_x"])
        #expect(try MigrationPlan(.up(.steps(9)), available: all, applied: []).steps.count == 3)
        #expect(
            try MigrationPlan(.up(.version(version("1"))), available: all, applied: all.map { applied($0) })
                .steps.isEmpty
        )
    }

    @Test func `an unknown version is refused with the nearest`() throws {
        let all = [try migration("20261121093000")]
        let wanted = try version("20261121093001")
        #expect(throws: MigrationPlanError.unknownVersion(wanted, nearest: "20261121093000")) {
            try MigrationPlan(.up(.version(wanted)), available: all, applied: [])
        }
    }

    @Test(arguments: [0, -1])
    func `a number of steps below one is refused`(count: Int) throws {
        let all = [try migration("1")]
        #expect(throws: MigrationPlanError.badSteps(count)) {
            try MigrationPlan(.up(.steps(count)), available: all, applied: [])
        }
        #expect(throws: MigrationPlanError.badSteps(count)) {
            try MigrationPlan(.redo(steps: count), available: all, applied: [])
        }
    }

    @Test func `repeatable files run last, and again when their text changed`() throws {
        let (one, two) = (try migration("1"), try migration("2"))
        let old = try repeatable("views", "SELECT 1;")
        let new = try repeatable("views", "SELECT 2;")
        let both = [one, two, old]
        #expect(
            try MigrationPlan(.up(.latest), available: both, applied: []).steps.map(\.label) == [
                "1_x", "2_x", "R__views",
            ]
        )
        #expect(try MigrationPlan(.up(.steps(1)), available: both, applied: []).steps.map(\.label) == ["1_x"])
        let ledger = [applied(one), applied(two), applied(old)]
        #expect(try MigrationPlan(.up(.latest), available: both, applied: ledger).steps.isEmpty)
        #expect(
            try MigrationPlan(.up(.latest), available: [one, two, new], applied: ledger).steps.map(\.label)
                == ["R__views"]
        )
        #expect(
            try MigrationPlan(.down(.latest), available: both, applied: ledger).steps.map(\.label) == ["2_x"]
        )
    }

    // MARK: conflicts

    @Test func `an edited file is refused`() throws {
        let (before, after) = (try migration("1"), try migration("1", up: "SELECT 2;"))
        #expect(try conflicts(.up(.latest), [after], [applied(before)]) == [.edited(after, applied(before))])
    }

    @Test func `a vanished file is refused`() throws {
        let (one, two) = (try migration("1"), try migration("2", up: "SELECT 2;"))
        #expect(try conflicts(.up(.latest), [two], [applied(one)]) == [.missing(applied(one))])
    }

    @Test func `a late file is refused, unless told`() throws {
        let (one, two) = (try migration("1"), try migration("2", up: "SELECT 2;"))
        #expect(
            try conflicts(.up(.latest), [one, two], [applied(two)]) == [.late(one, newest: applied(two))]
        )
        let plan = try MigrationPlan(
            .up(.latest),
            available: [one, two],
            applied: [applied(two)],
            late: .run
        )
        #expect(plan.steps.map(\.label) == ["1_x"])
    }

    // MARK: newer programs

    private func states(
        _ files: [Migration],
        _ rows: [AppliedMigration],
        _ late: LatePolicy = .refuse
    ) -> [String] {
        MigrationPlan.statuses(available: files, applied: rows, late: late).map {
            "\($0.identity) \($0.state.word)"
        }
    }

    @Test func `what a newer program has applied is no trouble where nothing is to be done`() throws {
        let (one, two, three) = (try migration("1"), try migration("2"), try migration("3"))
        let plan = try MigrationPlan(
            .up(.latest),
            available: [one],
            applied: [one, two, three].map { applied($0) }
        )
        #expect(plan.steps.isEmpty)
        #expect(plan.newer.map(\.label) == ["2_x", "3_x"])
        #expect(states([one], [applied(one), applied(two)]) == ["1 applied", "2 newer"])
        // A file between those that are here is another matter.
        #expect(
            states([two], [one, two, three].map { applied($0) }) == ["1 missing", "2 applied", "3 missing"]
        )
    }

    @Test func `with something to do the older program is refused`() throws {
        let files = try [migration("1", up: "SELECT 1;"), migration("2", up: "SELECT 2;")]
        let rows = [applied(files[0]), applied(try migration("3", up: "SELECT 3;"))]
        #expect(states(files, rows) == ["1 applied", "2 late", "3 missing"])
        #expect(states(files, rows, .run) == ["1 applied", "2 pending", "3 missing"])
        #expect(states(files, rows, .ignore) == ["1 applied", "2 ignored", "3 newer"])
        #expect(states([files[0]], [rows[0], applied(files[1], .applying)]) == ["1 applied", "2 missing"])
    }

    @Test func `an older program leaves the repeatable files of a newer one alone`() throws {
        let (one, two) = (try migration("1"), try migration("2"))
        let (old, new) = (try repeatable("v", "SELECT 1;"), try repeatable("v", "SELECT 2;"))
        let extra = try repeatable("w", "SELECT 3;")
        let rows = [applied(one), applied(two), applied(new)]
        #expect(states([one, old, extra], rows) == ["1 applied", "2 newer", "R__v ignored", "R__w ignored"])
        #expect(states([one, two, old], rows) == ["1 applied", "2 applied", "R__v pending"])
    }

    @Test(arguments: [("1", false), ("1.5", true), ("2", true), ("3", true)])
    func `below the floor of a newer migration a program is refused`(floor: String, isRefused: Bool) throws {
        let one = try migration("1")
        let text =
            "-- Drops what version 1 reads.\n-- migrate:up unknown:x breaks-before:\(floor) transaction:true\nSELECT 3;"
        let row = AppliedMigration(
            identity: try #require(Migration.Identity("3")),
            name: "x",
            checksum: "",
            normalizedChecksum: "",
            upText: text
        )
        #expect(states([one], [applied(one), row]) == ["1 applied", isRefused ? "3 too old" : "3 newer"])
        guard isRefused else { return }
        let found = try conflicts(.up(.latest), [one], [applied(one), row])
        #expect(found == [.tooOld(row, floor: try version(floor), newest: try version("1"))])
        #expect(found[0].description.contains("here it is 1"))
    }

    @Test func `a renamed file is told from a missing and a new one`() throws {
        let (old, renamed, renumbered) = (
            try migration("1", "a"), try migration("1", "b"), try migration("3", "a")
        )
        #expect(try conflicts(.up(.latest), [renamed], [applied(old)]) == [.renamed(renamed, applied(old))])
        #expect(
            try conflicts(.up(.latest), [renumbered], [applied(old)]) == [.renamed(renumbered, applied(old))]
        )
    }

    @Test func `every conflict is named at once and says what to do`() throws {
        let edited = try migration("1", up: "SELECT 2;")
        let gone = try migration("2", up: "SELECT 3;")
        let found = try conflicts(.up(.latest), [edited], [applied(try migration("1")), applied(gone)])
        #expect(found.count == 2)
        for conflict in found { #expect(conflict.description.contains("caisson migrate")) }
    }

    // MARK: down and redo

    @Test func `down reverts the last, some, or all behind a version`() throws {
        let all = [try migration("1"), try migration("2"), try migration("10")]
        let ledger = all.map { applied($0) }
        #expect(
            try MigrationPlan(.down(.latest), available: all, applied: ledger).steps.map(\.label) == ["10_x"]
        )
        #expect(
            try MigrationPlan(.down(.steps(2)), available: all, applied: ledger).steps.map(\.label) == [
                "10_x", "2_x",
            ]
        )
        #expect(
            try MigrationPlan(.down(.version(version("1"))), available: all, applied: ledger).steps.map(
                \.label
            ) == ["10_x", "2_x"]
        )
        #expect(
            try MigrationPlan(.down(.version(version("0"))), available: all, applied: ledger).steps.count == 3
        )
        #expect(try MigrationPlan(.down(.latest), available: all, applied: []).steps.isEmpty)
    }

    @Test func `without a down section nothing is reverted`() throws {
        let all = [try migration("1", down: nil), try migration("2")]
        #expect(
            throws: MigrationPlanError.irreversible(
                label: "1_x",
                file: "1_x.sql",
                lacks: "no -- migrate:down section",
                reach: DownReach(open: ["2_x"], wanted: 2)
            )
        ) {
            try MigrationPlan(.down(.steps(2)), available: all, applied: all.map { applied($0) })
        }
    }

    @Test func `what can be reverted before it is named, and reverted when that is asked for`() throws {
        let all = [try migration("1", down: nil), try migration("2"), try migration("3")]
        let ledger = all.map { applied($0) }
        let error = try #require(throws: MigrationPlanError.self) {
            try MigrationPlan(.down(.version(version("0"))), available: all, applied: ledger)
        }
        #expect(
            error.description.contains(
                "Before it only 2 of the 3 migrations, down to 2_x, can be reverted: caisson migrate down --steps 3 --as-far-as-possible"
            )
        )
        for target in [MigrationTarget.version(try version("0")), .steps(3)] {
            let plan = try MigrationPlan(
                .down(target),
                available: all,
                applied: ledger,
                reach: .asFarAsPossible
            )
            #expect(plan.steps.map(\.label) == ["3_x", "2_x"])
        }
        // Where the first is in the way there is nowhere to go.
        #expect(throws: MigrationPlanError.self) {
            try MigrationPlan(
                .down(.latest),
                available: [all[0]],
                applied: [ledger[0]],
                reach: .asFarAsPossible
            )
        }
    }

    @Test func `a missing or edited file is reverted with the text of the ledger`() throws {
        let before = try migration("1", down: "SELECT 'old';")
        let after = try migration("1", up: "SELECT 2;", down: "SELECT 'new';")
        for available in [[], [after]] {
            let step = try #require(
                MigrationPlan(.down(.latest), available: available, applied: [applied(before)]).steps.first
            )
            #expect(step.origin == .ledger)
            #expect(step.section.statements.map(\.text) == ["SELECT 'old'"])
        }
        let mended = try migration("1", down: "SELECT 'mended';")
        let step = try #require(
            MigrationPlan(.down(.latest), available: [mended], applied: [applied(before)]).steps.first
        )
        #expect(step.section.statements.map(\.text) == ["SELECT 'mended'"])
    }

    @Test func `redo reverts and applies again from the file`() throws {
        let before = [try migration("1"), try migration("2", down: "SELECT 'old';")]
        let after = [before[0], try migration("2", up: "SELECT 2;", down: "SELECT 'new';")]
        let steps = try MigrationPlan(.redo(steps: 1), available: after, applied: before.map { applied($0) })
            .steps
        #expect(steps.map(\.direction) == [.down, .up])
        #expect(steps.map { $0.section.statements.map(\.text) } == [["SELECT 'old'"], ["SELECT 2"]])
        let both = try MigrationPlan(.redo(steps: 2), available: before, applied: before.map { applied($0) })
            .steps
        #expect(both.map(\.label) == ["2_x", "1_x", "1_x", "2_x"])
    }

    // MARK: half way

    @Test func `a half-applied file goes on behind what is done, even if the rest was corrected`() throws {
        let before = try migration("1", up: "SELECT 1; SELECT 2; SELECT broken;")
        let after = try migration("1", up: "SELECT 1; SELECT 2; SELECT 3;")
        let plan = try MigrationPlan(
            .up(.latest),
            available: [after],
            applied: [applied(before, .applying, finished: 2)]
        )
        #expect(plan.steps.map(\.finishedStatements) == [2])
        #expect(plan.statuses.map(\.state) == [.partial(finished: 2, of: 3)])
    }

    @Test(arguments: ["SELECT 9; SELECT 2;", "SELECT 1;"])
    func `a statement that was done must not change`(text: String) throws {
        let before = try migration("1", up: "SELECT 1; SELECT 2; SELECT 3;")
        let after = try migration("1", up: text)
        let found = try conflicts(.up(.latest), [after], [applied(before, .applying, finished: 2)])
        guard case .appliedStatementChanged(_, let ordinal, _) = found.first else {
            Issue.record("\(found)")
            return
        }
        #expect(ordinal == (text == "SELECT 1;" ? 2 : 1))
    }

    @Test func `half way in one direction, the other is refused`() throws {
        let one = try migration("1", down: "SELECT 1; SELECT 2;")
        #expect(
            try conflicts(.up(.latest), [one], [applied(one, .reverting, finished: 1)]) == [
                .halfWay(applied(one, .reverting, finished: 1))
            ]
        )
        #expect(
            try conflicts(.down(.latest), [one], [applied(one, .applying)]) == [
                .halfWay(applied(one, .applying))
            ]
        )
        let step = try MigrationPlan(
            .down(.latest),
            available: [one],
            applied: [applied(one, .reverting, finished: 1)]
        ).steps.first
        #expect(step?.finishedStatements == 1)
    }

    // MARK: statements

    @Test func `what cannot run in a transaction is found before anything runs`() throws {
        let one = try migration(
            "1",
            up: "CREATE TABLE t (a int);\nCREATE INDEX CONCURRENTLY i\n ON t (a);\nVACUUM t;"
        )
        let error = try #require(throws: MigrationPlanError.self) {
            try MigrationPlan(.up(.latest), available: [one], applied: [])
        }
        #expect(
            error.description.contains(
                "1_x.sql:3: CREATE INDEX CONCURRENTLY cannot run inside a transaction block"
            )
        )
        #expect(error.description.contains("1_x.sql:5: VACUUM cannot run"))
        #expect(error.description.contains("-- migrate:up transaction:false"))
    }

    @Test(arguments: ["BEGIN", "COMMIT", "ROLLBACK", "END"])
    func `transaction control in a transactional file is refused`(command: String) throws {
        let one = try migration("1", up: "SELECT 1;\n\(command);")
        let error = try #require(throws: MigrationPlanError.self) {
            try MigrationPlan(.up(.latest), available: [one], applied: [])
        }
        #expect(error.description.contains("1_x.sql:3: \(command) would end the transaction"))
    }

    @Test func `a down section is looked through when it is to run`() throws {
        let one = try migration("1", down: "DROP INDEX CONCURRENTLY i;")
        #expect(try MigrationPlan(.up(.latest), available: [one], applied: []).steps.count == 1)
        let error = try #require(throws: MigrationPlanError.self) {
            try MigrationPlan(.down(.latest), available: [one], applied: [applied(one)])
        }
        #expect(error.description.contains("-- migrate:down transaction:false"))
    }

    @Test func `savepoints and statements in a file without a transaction are fine`() throws {
        let one = try migration("1", up: "SAVEPOINT a; ROLLBACK TO a;")
        let source = SourceFile(
            path: "2.sql",
            text: "-- migrate:up transaction:false\nVACUUM; BEGIN; COMMIT;"
        )
        let two = Migration(
            identity: try #require(.init("2")),
            name: "",
            up: try MigrationFile(source).sections().up,
            down: nil
        )
        #expect(try MigrationPlan(.up(.latest), available: [one, two], applied: []).steps.count == 2)
    }
}
