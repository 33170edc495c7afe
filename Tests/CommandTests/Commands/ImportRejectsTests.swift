import Foundation
import Postgres
import TestSupport
import Testing

/// Rows that were left out are written to a file, corrected, and imported alone.
@Suite(.freshDatabase) struct ImportRejectsTests {
    /// One way to write three rows, of which the second is refused.
    struct Form: Sendable, CustomTestStringConvertible {
        let file: String
        let content: String
        let options: String
        /// What of the rejects is wrong, and what is put in its place.
        let wrong: String
        let right: String
        var testDescription: String { "\(file)\(options)" }
    }

    private static let objects = """
        {"id":1,"name":"a"}
        {"id":"x","name":"b,\\nc"}
        {"id":3,"name":"c"}

        """

    static let forms = [
        Form(
            file: "a.csv",
            content: "id,name\n1,a\nx,\"b,\nc\"\n3,c\n",
            options: "",
            wrong: "x,",
            right: "2,"
        ),
        Form(
            file: "a.csv",
            content: "ID;Name;Note\n1;a;\nx;\"b,\nc\";\"\"\"\"\n3;c;\n",
            options: " --delimiter ; --ignore Note",
            wrong: "x;",
            right: "2;"
        ),
        Form(
            file: "a.csv",
            content: "1,a\nx,\"b,\nc\"\n3,c\n",
            options: " --no-header --columns id,name",
            wrong: "x,",
            right: "2,"
        ),
        Form(
            file: "a.ndjson",
            content:
                "{\"id\":1,\"name\":\"a\"}\n{\"id\":\"x\",\"name\":\"b,\\nc\"}\n{\"id\":3,\"name\":\"c\"}\n",
            options: "",
            wrong: "\"x\"",
            right: "2"
        ),
        Form(
            file: "a.ndjson",
            content:
                "{\"id\":1,\"name\":\"a\"}\n{\"id\":\"x\",\"name\":\"b,\\nc\"}\n{\"id\":3,\"name\":\"c\"}\n",
            options: " --columns id,name",
            wrong: "\"x\"",
            right: "2"
        ),
        Form(
            file: "a.txt",
            content: "1\ta\nx\tb,\\nc\n3\tc\n",
            options: " --format text",
            wrong: "x\t",
            right: "2\t"
        ),
        Form(
            file: "a.txt",
            content: "name|id\r\na|1\r\nb,\\\nc|x\r\nc|3\r\n",
            options: " --format text --header --delimiter |",
            wrong: "|x|",
            right: "|2|"
        ),
    ]

    @Test(arguments: forms)
    func `rejected rows are corrected and stored, the others are not stored again`(_ form: Form) async throws
    {
        let project = try await project([form.file: form.content])
        let rejects = "rejects." + (form.file.split(separator: ".").last ?? "")
        let first = try await project.caisson(
            "import \(form.file) --into place\(form.options) --max-skipped 5 --rejects \(rejects)"
        )
        expectStatus(21, first)
        let written = try project.read(rejects)
        #expect(written.contains("invalid input syntax"))
        let again = try await project.caisson("import \(form.file) --into place\(form.options)")
        expectStatus(21, again)

        try project.write(written.replacing(form.wrong, with: form.right), to: rejects)
        let corrected = try await project.caisson("import \(rejects) --into place\(form.options)")
        expectStatus(0, corrected)
        #expect(try await Samples.count("SELECT count(*) FROM place") == 3)
        #expect(try await Samples.count("SELECT count(*) FROM place WHERE id = 2 AND name = E'b,\\nc'") == 1)
        #expect(try await Samples.count("SELECT count(*) FROM caisson.backfill_skipped") == 0)
        expectStatus(0, try await project.caisson("import \(form.file) --into place\(form.options)"))
    }

    @Test func `rejects of another database settle nothing`() async throws {
        let project = try await project(["a.csv": "id,name\n1,a\nx,b\n"])
        let command = "import a.csv --into place --max-skipped 5 --rejects rejects.csv"
        expectStatus(21, try await project.caisson(command))
        try await Samples.execute("UPDATE caisson.import_run SET created_at = created_at - interval '1 s'")
        try project.write(try project.read("rejects.csv").replacing("x,", with: "2,"), to: "rejects.csv")
        expectStatus(0, try await project.caisson("import rejects.csv --into place"))
        #expect(try await Samples.count("SELECT count(*) FROM caisson.backfill_skipped") == 1)
    }

    @Test func `a file of rejects that somebody has changed is not written over`() async throws {
        let project = try await project(["a.csv": "id,name\n1,a\nx,b\n"])
        let command = "import a.csv --into place --max-skipped 5 --rejects rejects.csv"
        expectStatus(21, try await project.caisson(command))
        // Written by the very import, it may stand.
        expectStatus(21, try await project.caisson(command))
        try project.write("id,name\n2,b\n", to: "rejects.csv")
        let refused = try await project.caisson(command)
        expectStatus(1, refused)
        #expect(refused.errorOutput.contains("rejects.csv is there already"), "\(refused.errorOutput)")
        #expect(try project.read("rejects.csv") == "id,name\n2,b\n")
    }

    @Test func `rejects want a number of rows that may be left out`() async throws {
        let project = try await project(["a.csv": "id,name\n1,a\n"])
        let refused = try await project.caisson("import a.csv --into place --rejects rejects.csv")
        expectStatus(2, refused)
        #expect(refused.errorOutput.contains("add --max-skipped"))
    }

    private func project(_ files: [String: String]) async throws -> Project {
        try await Samples.execute("CREATE TABLE place (id int, name text)")
        return try Project.onDatabase(files)
    }
}
