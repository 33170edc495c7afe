import SQLSyntax
import Testing

@testable import Migrations

/// No direction is run by mistake, whatever layout is given.
@Suite struct DirectionTests {
    /// What an `up` over the files comes to: the statements it would run, or why it would not.
    private func outcome(_ layout: MigrationLayout?, _ files: [String: String]) -> String {
        do {
            let listing = FolderListing(path: "db", files: files.mapValues { Array($0.utf8) })
            let directory = try MigrationDirectory(listing, layout: layout)
            let plan = try MigrationPlan(.up(.latest), available: directory.migrations, applied: [])
            return "runs " + plan.steps.flatMap(\.section.statements).map(\.text).joined(separator: "; ")
        } catch {
            return "refused: \(error)"
        }
    }

    /// A file of a layout whose way up is this text.
    private func up(_ layout: MigrationLayout, _ text: String) -> [String: String] {
        switch layout {
        case .native, .dbmate: ["1_a.sql": "-- migrate:up\n" + text]
        case .golangMigrate: ["1_a.up.sql": text]
        case .goose: ["1_a.sql": "-- +goose Up\n" + text]
        case .flyway: ["V1__a.sql": text]
        case .diesel: ["1_a/up.sql": text]
        case .sqlx, .tern: ["1_a.sql": text]
        case .sqlMigrate: ["1_a.sql": "-- +migrate Up\n" + text]
        }
    }

    /// Lines of tools by which what is below goes down.
    private static let markers = [
        "-- +goose Down", "-- +migrate Down", "--+goose down", "-- migrate:down", "-- //@UNDO", "--//@UNDO",
        "-- @UNDO",
        "-- @down", "---- create above / drop below ----", "-- Down Migration", "-- rambler down",
        "-- !Downs",
        "--- !Downs", "-- +micrate Down", "-- +down", "-- Revert app:note from pg",
        "--liquibase formatted sql", "--changeset me:1",
    ]

    private static let headings = [
        "-- DOWN", "-- down", "--down", "-- ==== DOWN ====", "-- Rollback", "-- Roll back:", "-- undo",
        "-- Revert",
        "-- Down script", "-- migration down", "-- [down]", "-- *** Downgrade ***", "-- Down: drops the note",
        "-- name: down", "-- direction: down", "-- #undo",
    ]

    @Test(arguments: MigrationLayout.allCases, markers + headings)
    func `what stands below another tool's marker is never run`(layout: MigrationLayout, line: String) {
        let text = "CREATE TABLE note ();\n\(line)\nDROP TABLE note;\n"
        let outcome = outcome(layout, up(layout, text))
        let isOwn =
            switch layout {
            case .native, .dbmate: line == "-- migrate:down"
            case .goose: line.lowercased().contains("+goose")
            case .sqlMigrate: line == "-- +migrate Down"
            case .tern: line.hasPrefix("----")
            default: false
            }
        #expect(isOwn ? outcome == "runs CREATE TABLE note ()" : outcome.hasPrefix("refused: "), "\(outcome)")
    }

    @Test(arguments: MigrationLayout.allCases)
    func `a marker is found in a statement that is not closed, and by its line`(layout: MigrationLayout) {
        guard layout != .native, layout != .dbmate else { return }
        let text = "SELECT 1\n-- migrate:down\nDROP TABLE note"
        let outcome = outcome(layout, up(layout, text))
        #expect(outcome.contains(":\(layout == .goose || layout == .sqlMigrate ? 3 : 2):"), "\(outcome)")
        #expect(outcome.contains("--layout native"))
    }

    @Test(
        arguments: [
            "SELECT '\n-- +goose Down\n';", "/*\n-- migrate:down\n-- @UNDO\n*/ SELECT 1;",
            "SELECT $$\n-- @UNDO\n$$;",
            "-- The count goes up and down\nSELECT 1;", "-- undo the damage of last week's import\nSELECT 1;",
            "-- Rollback: DROP TABLE note;\nSELECT 1;", "-- Rollback:\n-- DROP TABLE note;\nSELECT 1;",
            "-- Rollback: see the runbook\nSELECT 1;", "-- up\nSELECT 1;", "SELECT 1; -- down",
            "SELECT (1\n-- down\n);",
            "-- revert app to pg\nSELECT 1;", "-- @see note\nSELECT 1;",
            "-- rollback is not possible\nSELECT 1;",
            "-- +1 for everybody\nSELECT 1;", "-- atlas:nolint destructive\nSELECT 1;", "SELECT 1;\n-- Down",
            "--> statement-breakpoint\nSELECT 1;",
        ]
    )
    func `text and plain comments are left alone`(text: String) {
        for layout in [MigrationLayout.native, .golangMigrate, .sqlx, .tern, .flyway, .diesel]
        where !(layout == .sqlx || layout == .tern || layout == .flyway) || !text.contains("Rollback: DROP") {
            let outcome = outcome(layout, up(layout, text))
            #expect(outcome.hasPrefix("runs SELECT"), "\(layout): \(outcome)")
        }
    }

    @Test func `a heading that agrees with its section is a comment`() {
        let files = ["1_a.up.sql": "-- UP\nSELECT 1;", "1_a.down.sql": "-- Rollback\nSELECT 2;"]
        #expect(outcome(nil, files) == "runs SELECT 1")
        let native = ["1_a.sql": "-- migrate:up\n-- up\nSELECT 1;\n-- migrate:down\n-- Down\nSELECT 2;"]
        #expect(outcome(nil, native) == "runs SELECT 1")
    }

    @Test func `what was applied may have any heading`() throws {
        let text = "SELECT 1;\n-- down\nSELECT 2;"
        let listing = FolderListing(path: "db", files: ["1_a.sql": Array(text.utf8)])
        let migrations = try MigrationDirectory(listing, layout: .sqlx).migrations
        let rows = migrations.map { AppliedMigration(of: $0) }
        #expect(try MigrationPlan(.up(.latest), available: migrations, applied: rows).steps.isEmpty)
    }

    @Test func `what dbmate would take for a marker inside a string is refused in its layout`() {
        let text = "SELECT '\n-- migrate:down\n';"
        #expect(
            outcome(.dbmate, up(.dbmate, text)).contains("db/1_a.sql:3: dbmate takes this line for a marker")
        )
        #expect(outcome(.native, up(.native, text)).hasPrefix("runs"))
    }

    // MARK: templates

    @Test(arguments: [MigrationLayout.native, .golangMigrate, .sqlx, .flyway, .diesel, .goose])
    func `a template is named`(layout: MigrationLayout) {
        for text in [
            "CREATE TABLE {{ identifier \"a\" }} ();", "-- {{ if .Postgres }}\nSELECT 1;\n-- {{ end }}",
        ] {
            #expect(outcome(layout, up(layout, text)).contains("{{ template }}"))
        }
        #expect(outcome(layout, up(layout, "SELECT '{{1,2},{3,4}}'::int[];")).hasPrefix("runs"))
    }

    @Test(arguments: [
        "-- atlas:txmode none", "-- atlas:delimiter \\n\\n", "-- atlas:checkpoint", "-- atlas:txtar",
    ])
    func `Atlas's directives are refused where they change how a file is run`(line: String) {
        #expect(outcome(.sqlx, ["1_a.sql": "\(line)\nSELECT 1;"]).contains("a line of Atlas"))
    }

    // MARK: names

    @Test(
        arguments: [
            "1_a.DOWN.sql", "1_a.Down.sql", "1_a.undo.sql", "1_a.rollback.sql", "1_a.UP.sql",
            "1_a.revert.sql",
            "001.undo.a.sql", "001.do.a.sql", "1_a.down.v2.sql", "U1__a.sql", "2_b.SQL", "2_b.up.SQL",
            "2_b.Sql",
        ]
    )
    func `a file whose name says what its layout does not read is refused`(name: String) {
        for layout in [MigrationLayout.native, .golangMigrate, .sqlx, .tern, .goose, .sqlMigrate] {
            let files = ["1_z.up.sql": "SELECT 1;", name: "DROP TABLE note;"]
            let outcome = outcome(layout, files)
            #expect(outcome.hasPrefix("refused: ") && outcome.contains("db/"), "\(layout): \(outcome)")
        }
        #expect(outcome(.sqlx, ["1_z.sql": "SELECT 1;", name: "SELECT 2;"]).contains(name))
    }

    @Test(arguments: ["2_note_down.sql", "2_note-rollback.sql", "2_undo.sql"])
    func `an unmarked file whose name ends in the word for back is not run up`(name: String) {
        for layout in [MigrationLayout.sqlx, .tern] {
            #expect(
                outcome(layout, ["1_a.sql": "SELECT 1;", name: "SELECT 2;"]).hasPrefix(
                    "refused: db/\(name):1"
                )
            )
        }
        #expect(outcome(.native, [name: "-- migrate:up\nSELECT 1;"]) == "runs SELECT 1")
        #expect(outcome(.sqlx, ["2_take_down.up.sql": "SELECT 1;"]) == "runs SELECT 1")
    }

    @Test(arguments: ["V1__a.down.sql", "V1__a.undo.sql", "V2__b.SQL"])
    func `Flyway's names are looked at as well`(name: String) {
        #expect(outcome(.flyway, ["V1__z.sql": "", "x/" + name: ""]).contains(name))
        #expect(outcome(.flyway, ["V7__shut_down.sql": "SELECT 1;"]) == "runs SELECT 1")
    }

    @Test(arguments: ["README.SQL", "shutdown.sql", "x/1_a.DOWN.sql", ".1_a.down.SQL"])
    func `files that are no migrations may be called as they like`(name: String) {
        #expect(outcome(.native, ["1_a.sql": "-- migrate:up\nSELECT 1;", name: "x"]) == "runs SELECT 1")
    }

    // MARK: encodings

    @Test(arguments: [true, false])
    func `UTF-16 is named before anything else is wondered about`(hasMark: Bool) throws {
        var bytes: [UInt8] = hasMark ? [0xFF, 0xFE] : []
        for unit in "-- migrate:up\nSELECT 1;".utf16 { bytes += [UInt8(unit & 0xFF), UInt8(unit >> 8)] }
        let error = try #require(throws: MigrationDirectoryError.self) {
            try MigrationDirectory(FolderListing(path: "db", files: ["1_a.sql": bytes]), layout: nil)
        }
        #expect(error.description.hasPrefix("db/1_a.sql: the file is UTF-16"))
        #expect(error.description.contains("save the file as UTF-8"))
    }
}
