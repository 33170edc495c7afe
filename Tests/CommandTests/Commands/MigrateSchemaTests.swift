import Foundation
import Postgres
import TestSupport
import Testing

/// `migrate baseline`, `dump` and `load`, as somebody calls them.
@Suite(.freshDatabase) struct MigrateSchemaTests {
    // MARK: baseline

    @Test func `a database that was built by hand goes on from its version`() async throws {
        try await Samples.createItems(3)
        let project = try Project.onDatabase(Samples.files)
        let preview = try await project.caisson("migrate baseline 1 --dry-run")
        expectStatus(0, preview)
        #expect(preview.output.contains("baseline  1_create_item\n1 migration would be recorded"))
        #expect(try await Samples.count("SELECT count(*) FROM pg_namespace WHERE nspname = 'caisson'") == 0)
        let done = try await project.caisson("migrate baseline 1 --json")
        expectStatus(0, done)
        let lines = try done.jsonLines()
        #expect(lines.map { $0["event"]?.text } == ["baseline.recorded", "baseline.finished"])
        #expect(lines.last?["pending"]?.number == 1)
        let status = try await project.caisson("migrate status --json")
        #expect(try status.jsonLines().map { $0["state"]?.text } == ["baseline", "pending"])
        expectStatus(0, try await project.caisson("migrate up"))
        expectStatus(0, try await project.caisson("migrate status --exit-code"))
        let people = try await project.caisson("status")
        #expect(people.output.contains("1 applied, 1 baseline"))
        #expect(try await Samples.count("SELECT count(*) FROM item") == 3)
    }

    @Test func `wrong turns of a baseline`() async throws {
        let project = try Project.onDatabase(Samples.files)
        let empty = try await project.caisson("migrate baseline 1")
        expectStatus(1, empty)
        #expect(empty.errorOutput.contains("this database is empty"))
        #expect(empty.errorOutput.contains("caisson migrate up --to 1"))
        expectStatus(2, try await project.caisson("migrate baseline x"))
        expectStatus(0, try await project.caisson("migrate up"))
        let before = try await project.caisson("migrate baseline 1")
        expectStatus(13, before)
        #expect(before.errorOutput.contains("1 comes before 2_create_note, which was applied here"))
        let unknown = try await project.caisson("migrate baseline 11 --json")
        expectStatus(1, unknown)
        #expect(try unknown.jsonLines().last?["message"]?.text?.contains("did you mean 1?") == true)
    }

    // MARK: dump and load

    @Test func `a dump is written beside the folder, once, and sets up a fresh database`() async throws {
        let files = Samples.files.filter { $0.key.hasPrefix("migrations/") }
        let moved = Dictionary(uniqueKeysWithValues: files.map { ("db/" + $0.key, $0.value) })
        let project = try Project.onDatabase(moved)
        expectStatus(0, try await project.caisson("migrate up --migrations db/migrations"))
        let first = try await project.caisson("migrate dump --migrations db/migrations --json")
        expectStatus(0, first)
        let line = try #require(try first.jsonLines().last)
        #expect(line["event"]?.text == "dump.finished" && line["path"]?.text == "db/schema.sql")
        #expect(line["changed"] == .bool(true) && line["migrations"]?.number == 2)
        let second = try await project.caisson("migrate dump --migrations db/migrations --json")
        #expect(try second.jsonLines().last?["changed"] == .bool(false))
        let stream = try await project.caisson("migrate dump --output -")
        expectStatus(0, stream)
        let text = try String(contentsOfFile: project.folder + "/db/schema.sql", encoding: .utf8)
        #expect(stream.output == text)
        #expect(text.contains("CREATE TABLE public.item"))
        try await withFreshDatabase { _ in
            let fresh = try Project.onDatabase(moved)
            try fresh.write("-- migrate:up\nCREATE TABLE third ();\n", to: "db/migrations/3_third.sql")
            let loaded = try await fresh.caisson(
                "migrate load - --migrations db/migrations --json",
                input: text
            )
            expectStatus(0, loaded)
            let line = try #require(try loaded.jsonLines().last)
            #expect(line["event"]?.text == "load.finished" && line["pending"]?.number == 1)
            expectStatus(10, try await fresh.caisson("migrate status --exit-code --migrations db/migrations"))
            let up = try await fresh.caisson("migrate up --migrations db/migrations")
            expectStatus(0, up)
            #expect(up.output.contains("applied   3_third"))
            #expect(try await Samples.count("SELECT count(*) FROM item") == 0)
        }
    }

    @Test func `wrong turns of a load`() async throws {
        let project = try Project.onDatabase(Samples.files)
        let missing = try await project.caisson("migrate load")
        expectStatus(1, missing)
        #expect(missing.errorOutput.contains("there is no file schema.sql"))
        expectStatus(0, try await project.caisson("migrate up"))
        expectStatus(0, try await project.caisson("migrate dump"))
        let again = try await project.caisson("migrate load")
        expectStatus(13, again)
        #expect(again.errorOutput.contains("2 migrations are in this database's ledger already"))
        let text = try String(contentsOfFile: project.folder + "/schema.sql", encoding: .utf8)
        try await withFreshDatabase { _ in
            let fresh = try Project.onDatabase(Samples.files)
            try fresh.write(text, to: "schema.sql")
            try fresh.write(
                Samples.createItem.replacing("label", with: "title"),
                to: "migrations/1_create_item.sql"
            )
            let edited = try await fresh.caisson("migrate load --json")
            expectStatus(13, edited)
            let message = try #require(try edited.jsonLines().last?["message"]?.text)
            #expect(message.contains("migrations/1_create_item.sql was edited after it had been applied."))
            #expect(message.contains("caisson migrate dump"))
            try await Samples.createItems(1)
            try fresh.write(Samples.createItem, to: "migrations/1_create_item.sql")
            let full = try await fresh.caisson("migrate load")
            expectStatus(13, full)
            #expect(full.errorOutput.contains("this database is not empty (public.item)"))
        }
    }

    @Test func `a dump that fails leaves the old file and says why`() async throws {
        let url = try TestDatabase.current.connectionString
        let bin = NSTemporaryDirectory() + "caisson-bin-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: bin) }
        try FileManager.default.createDirectory(atPath: bin, withIntermediateDirectories: true)
        let project = try Project(
            Samples.files.merging(["schema.sql": "old"]) { old, _ in old },
            environment: ["DATABASE_URL": url, "CAISSON_PG_BIN": bin]
        )
        expectStatus(0, try await project.caisson("migrate up"))
        let none = try await project.caisson("migrate dump")
        expectStatus(1, none)
        #expect(none.errorOutput.contains("there is no pg_dump in CAISSON_PG_BIN"))
        for (script, words) in [
            ("echo 'pg_dump (PostgreSQL) 9.4'", "no pg_dump here can read it: \(bin)/pg_dump is 9"),
            (
                "[ $1 = --version ] && echo 'pg_dump (PostgreSQL) 99.1' && exit; echo partial; echo broken >&2; exit 1",
                "pg_dump failed: partial\nbroken"
            ),
        ] {
            try "#!/bin/sh\n\(script)\n".write(toFile: bin + "/pg_dump", atomically: true, encoding: .utf8)
            let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o755]
            try FileManager.default.setAttributes(attributes, ofItemAtPath: bin + "/pg_dump")
            let failed = try await project.caisson("migrate dump")
            expectStatus(1, failed)
            #expect(failed.errorOutput.contains(words))
        }
        #expect(try String(contentsOfFile: project.folder + "/schema.sql", encoding: .utf8) == "old")
        let nowhere = try Project.onDatabase(Samples.files)
        let unwritable = try await nowhere.caisson("migrate dump --output no/such/folder.sql")
        expectStatus(1, unwritable)
        #expect(unwritable.errorOutput.contains("no/such/folder.sql could not be written"))
        expectStatus(2, try await nowhere.caisson("migrate dump --output - --json"))
    }

    @Test(arguments: [(changes: 1, status: Int32(0)), (changes: 9, status: 1)])
    func `a ledger that changes while the dump is made is read again`(
        changes: Int,
        status: Int32
    ) async throws {
        let bin = try program(
            """
            [ $1 = --version ] && exec pg_dump --version
            for word; do case $word in --dbname=*) database=${word#--dbname=};; esac; done
            echo x >> $(dirname $0)/calls
            [ $(wc -l < $(dirname $0)/calls) -le \(changes) ] &&
                psql -X -q -d "$database" -c 'UPDATE caisson.migration SET applied_at = clock_timestamp()'
            exec pg_dump "$@"
            """
        )
        defer { try? FileManager.default.removeItem(atPath: bin) }
        let url = try TestDatabase.current.connectionString
        let project = try Project(Samples.files, environment: ["DATABASE_URL": url, "CAISSON_PG_BIN": bin])
        expectStatus(0, try await project.caisson("migrate up"))
        let result = try await project.caisson("migrate dump")
        expectStatus(status, result)
        let calls = try String(contentsOfFile: bin + "/calls", encoding: .utf8)
        #expect(calls.split(separator: "\n").count == min(changes + 1, 3))
        #expect(project.exists("schema.sql") == (status == 0))
        if status != 0 { #expect(result.errorOutput.contains("three times in a row")) }
    }

    /// A folder with a `pg_dump` of the test's own in it.
    private func program(_ script: String) throws -> String {
        let bin = NSTemporaryDirectory() + "caisson-bin-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: bin, withIntermediateDirectories: true)
        try "#!/bin/sh\n\(script)\n".write(toFile: bin + "/pg_dump", atomically: true, encoding: .utf8)
        let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o755]
        try FileManager.default.setAttributes(attributes, ofItemAtPath: bin + "/pg_dump")
        return bin
    }

    @Test func `a half-applied migration is not dumped`() async throws {
        let half = "-- migrate:up transaction:false\nCREATE TABLE a ();\nSELECT oops;\n"
        let project = try Project.onDatabase(["migrations/1_half.sql": half])
        expectStatus(16, try await project.caisson("migrate up"))
        expectStatus(16, try await project.caisson("migrate dump"))
        #expect(!project.exists("schema.sql"))
    }

    @Test func `a password reaches pg_dump and nobody else`() async throws {
        let url = try TestDatabase.current.connectionString.replacing(
            "//postgres@",
            with: "//postgres:s3cret@"
        )
        let bin = try program(
            """
            [ $1 = --version ] && echo 'pg_dump (PostgreSQL) 99.1' && exit
            name="$*"; name=${name#*passfile=\\'}; cat "${name%%\\'*}" > $(dirname $0)/password
            { echo "$@"; env; } > $(dirname $0)/arguments
            echo 'password=s3cret is wrong' >&2
            exit 1
            """
        )
        defer { try? FileManager.default.removeItem(atPath: bin) }
        let project = try Project(environment: ["DATABASE_URL": url, "CAISSON_PG_BIN": bin])
        let failed = try await project.caisson("migrate dump")
        expectStatus(1, failed)
        #expect(try String(contentsOfFile: bin + "/password", encoding: .utf8) == "*:*:*:*:s3cret\n")
        let arguments = try String(contentsOfFile: bin + "/arguments", encoding: .utf8)
        #expect(arguments.contains("dbname='") && !arguments.contains("s3cret"))
        #expect(!failed.errorOutput.contains("s3cret"))
    }
}
