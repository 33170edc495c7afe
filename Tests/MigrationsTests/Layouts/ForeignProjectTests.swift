import Testing

@testable import Migrations

@Suite struct ForeignProjectTests {
    private func recognize(
        _ files: [String: String],
        names: [String] = [],
        neighbours: Set<String> = [],
        path: String = "/x/db"
    ) -> LayoutRecognition {
        let texts = files.mapValues { FileText(Array($0.utf8)) }
        return LayoutRecognition(
            FolderListing(path: path, texts: texts, names: names, neighbours: neighbours)
        )
    }

    @Test(
        arguments: [
            (["20260101_a/migration.sql", "migration_lock.toml"], .prisma),
            (["20260101_a/migration.sql"], .prisma),
            (["0000_a.sql", "meta/_journal.json"], .drizzle), (["20260101_a.sql", "atlas.sum"], .atlas),
            (["20260101_a.up.fizz"], .pop),
            (["20260101_a.postgres.up.sql", "20260101_a.mysql.up.sql"], .pop),
            (["db.changelog-master.xml"], .liquibase), (["sqitch.plan", "deploy/a.sql"], .sqitch),
            (["20260101090000_create_city.rb"], .rails), (["0001_initial.py"], .alembic),
            (["env.py", "script.py.mako"], .alembic),
            (["1700000000000_create.js"], .javaScript), (["1700000000000-Create.ts"], .javaScript),
            (["2026_01_01_000000_create.php"], .laravel), (["20260101090000_create.exs"], .ecto),
        ] as [([String], ForeignProject)]
    )
    func `a folder of a tool that is not read is known by what lies in it`(
        names: [String],
        project: ForeignProject
    ) throws {
        let files = Dictionary(
            uniqueKeysWithValues: names.filter { $0.hasSuffix(".sql") }.map { ($0, "SELECT 1;") }
        )
        #expect(recognize(files, names: names) == .foreign(project))
        let error = try #require(throws: MigrationDirectoryError.self) {
            let texts = files.mapValues { FileText(Array($0.utf8)) }
            return try MigrationDirectory(FolderListing(path: "db", texts: texts, names: names), layout: nil)
        }
        #expect(error.description.hasPrefix("the files in db are those of \(project.rawValue)\n"))
        #expect(error.description.contains("caisson") || error.description.contains("--layout"))
    }

    @Test func `Supabase is known by the folder around it`() {
        let files = ["20260101_a.sql": "SELECT 1;"]
        let there = recognize(files, neighbours: ["config.toml"], path: "/x/supabase/migrations")
        #expect(there == .foreign(.supabase))
        #expect(recognize(files, neighbours: ["config.toml"]) != .foreign(.supabase))
    }

    @Test func `files that say what they are count more`() {
        let goose = ["1_a.sql": "-- +goose Up\nSELECT 1;"]
        #expect(recognize(goose, names: ["atlas.sum", "2_b.js"]) == .certain(.goose))
        #expect(recognize(["1_a.up.sql": ""], names: ["atlas.sum"]) == .certain(.golangMigrate))
        #expect(recognize(["1_a.sql": "-- migrate:up"], names: ["helper.py"]) == .certain(.native))
    }

    @Test(arguments: [
        "-- Up Migration\nSELECT 1;\n-- Down Migration\nSELECT 2;",
        "--liquibase formatted sql\n--changeset a:1\nSELECT 1;",
    ])
    func `a layout that is named does not let them through`(text: String) throws {
        for layout in [MigrationLayout.sqlx, .tern] {
            let listing = FolderListing(path: "db", files: ["1_a.sql": Array(text.utf8)])
            #expect(throws: MigrationDirectoryError.self) { try MigrationDirectory(listing, layout: layout) }
        }
    }
}
