import TestSupport
import Testing

@Suite struct InitTests {
    @Test func `init makes the folders and says what comes next`() async throws {
        let project = try Project()
        let result = try await project.caisson("init")
        expectStatus(0, result)
        #expect(project.exists("migrations") && project.exists("backfills"))
        #expect(result.output.hasPrefix("created  migrations/\ncreated  backfills/\n"))
        #expect(result.output.contains("caisson migrate new"))
    }

    @Test func `init leaves what is there as it is`() async throws {
        let project = try Project(Samples.files)
        let result = try await project.caisson("init --json")
        expectStatus(0, result)
        #expect(try result.jsonLines().map { $0["event"]?.text } == ["folder.exists", "folder.exists"])
        #expect(project.exists("migrations/1_create_item.sql"))
    }

    @Test func `init tells what stands in its way`() async throws {
        let project = try Project(["backfills": "a file"])
        let result = try await project.caisson("init")
        expectStatus(1, result)
        #expect(result.errorOutput.hasPrefix("Error: The folder backfills could not be made: "))
    }

    @Test func `init makes another folder`() async throws {
        let project = try Project()
        expectStatus(0, try await project.caisson("init shop --migrations db --quiet"))
        #expect(project.exists("shop/db") && project.exists("shop/backfills"))
    }

    @Test func `new files are written once`() async throws {
        let project = try Project()
        expectStatus(0, try await project.caisson("backfill new normalize_names"))
        let again = try await project.caisson("backfill new normalize_names")
        expectStatus(1, again)
        #expect(again.errorOutput.contains("backfills/normalize_names.sql exists already"))
        let migration = try await project.caisson("migrate new create_city --json")
        let path = try #require(try migration.jsonLines().first?["path"]?.text)
        #expect(path.hasSuffix("_create_city.sql") && project.exists(path))
    }

    @Test func `the template of a backfill is one that can be read`() async throws {
        let project = try Project()
        _ = try await project.caisson("backfill new normalize_names")
        let lines = try await project.caisson("backfill list --json").jsonLines()
        #expect(
            lines.contains { $0["name"] == .string("normalize_names") && $0["table"] == .string("my_table") }
        )
    }
}
