import Foundation
import Postgres
import TestSupport
import Testing

@Suite(.freshDatabase) struct MigrateOrderTests {
    @Test func `a late file can be ignored`() async throws {
        let project = try Project.onDatabase(Samples.files)
        try project.remove("migrations/1_create_item.sql")
        expectStatus(0, try await project.caisson("migrate up"))
        try project.write(Samples.createItem, to: "migrations/1_create_item.sql")
        expectStatus(13, try await project.caisson("migrate status --exit-code"))
        expectStatus(0, try await project.caisson("migrate status --exit-code --out-of-order ignore"))
        expectStatus(0, try await project.caisson("migrate up --out-of-order ignore"))
        #expect(try await Samples.count("SELECT count(*) FROM caisson.migration") == 1)
        let wrong = try await project.caisson("migrate up --out-of-order maybe")
        expectStatus(2, wrong)
        #expect(wrong.errorOutput.contains("write one of refuse, run, ignore"))
    }

    @Test func `an edited file is accepted with a reason`() async throws {
        let project = try Project.onDatabase(Samples.files)
        expectStatus(0, try await project.caisson("migrate up"))
        let edited = Samples.createItem.replacing("label", with: "title")
        try project.write(edited, to: "migrations/1_create_item.sql")
        let refused = try await project.caisson("migrate up")
        expectStatus(13, refused)
        #expect(refused.errorOutput.contains("caisson migrate accept 1 --reason TEXT"))
        expectStatus(2, try await project.caisson("migrate accept 1"))
        let accepted = try await project.caisson("migrate accept 1 --reason renamed_by_hand --json")
        expectStatus(0, accepted)
        #expect(try accepted.jsonLines().last?["change"]?.text == "edited")
        expectStatus(0, try await project.caisson("migrate status --exit-code"))
        let reasons = "SELECT count(*) FROM caisson.event WHERE detail ->> 'reason' = 'renamed_by_hand'"
        #expect(try await Samples.count("\(unsafe: reasons)") == 1)
    }

    // MARK: check

    private func git(_ project: Project, _ arguments: String...) async throws {
        let identity = ["-c", "user.name=test", "-c", "user.email=test@localhost"]
        let git = ToolRunner(path: "/usr/bin/env")
        let result = try await git.start(["git", "-C", project.folder] + identity + arguments).result()
        #expect(result.ending == .exited(0), "\(result.errorOutput)")
    }

    private func commit(_ project: Project) async throws {
        try await git(project, "add", "-A")
        try await git(project, "commit", "-q", "-m", "step")
    }

    @Test func `a branch is compared with its base`() async throws {
        let project = try Project(Samples.files)
        try await git(project, "init", "-q", "-b", "main")
        try await commit(project)
        try await git(project, "checkout", "-q", "-b", "work")
        try project.write(Samples.createNote, to: "migrations/3_ours.sql")
        try project.write(
            "-- why\n" + Samples.createItem,
            to: "migrations/1_create_item.sql"
        )
        // A copy of what is applied under another version, and a comment: the copy has its original beside it.
        let fine = try await project.caisson("migrate check --base main")
        expectStatus(0, fine)
        #expect(fine.output.contains("3 migrations, nothing collides with main."))
        try await commit(project)
        try await git(project, "checkout", "-q", "main")
        try project.write("-- migrate:up\nSELECT 5;\n", to: "migrations/5_theirs.sql")
        try project.write("-- migrate:up\nSELECT 3;\n", to: "migrations/3_theirs.sql")
        try await commit(project)
        try await git(project, "checkout", "-q", "work")
        try project.write("-- migrate:up\nSELECT 4;\n", to: "migrations/4_ours.sql")
        let collides = try await project.caisson("migrate check --base main")
        expectStatus(13, collides)
        #expect(
            collides.output.contains(
                "migrations/3_ours.sql has a version that the base gives to another file, 3_theirs"
            )
        )
        #expect(collides.output.contains("migrations/4_ours.sql is new and comes before 5_theirs"))
        #expect(collides.output.contains("2 collisions with main"))
    }

    @Test func `a check starts git as often for many files as for few`() async throws {
        let folder = try Project([
            "bin/git": "#!/bin/sh\necho \"$@\" >> \"$GIT_CALLS\"\nexec \"$REAL_GIT\" \"$@\"\n"
        ])
        let git = try #require(
            ["/usr/bin/git", "/usr/local/bin/git", "/opt/homebrew/bin/git"].first(
                where: FileManager.default.isExecutableFile(atPath:)
            )
        )
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755],
            ofItemAtPath: folder.folder + "/bin/git"
        )
        let calls = folder.folder + "/calls"
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let project = try Project(
            Samples.files,
            environment: ["PATH": "\(folder.folder)/bin:\(path)", "REAL_GIT": git, "GIT_CALLS": calls]
        )
        try await self.git(project, "init", "-q", "-b", "main")
        var counts: [Int] = []
        for round in 1...2 {
            try? FileManager.default.removeItem(atPath: calls)
            try await commit(project)
            expectStatus(0, try await project.caisson("migrate check --base main"))
            counts.append(try String(contentsOfFile: calls, encoding: .utf8).split(separator: "\n").count)
            guard round == 1 else { break }
            for number in 10...60 {
                try project.write("-- migrate:up\nSELECT '\(number)\n';", to: "migrations/\(number)_more.sql")
            }
            try project.write("", to: "migrations/nothing.txt")
            try project.write("é", to: "migrations/sub folder/naïve name.txt")
        }
        #expect(counts[0] == counts[1], "\(counts)")

        // Every content is that of its own file.
        try project.write("-- migrate:up\nSELECT '37 \n';", to: "migrations/37_more.sql")
        let edited = try await project.caisson("migrate check --base main")
        expectStatus(13, edited)
        #expect(edited.output.contains("migrations/37_more.sql"))
        #expect(edited.output.contains("1 collision with main"))
    }

    @Test func `a check without a base reads the files, and a base must exist`() async throws {
        let project = try Project(Samples.files)
        expectStatus(0, try await project.caisson("migrate check"))
        let noGit = try await project.caisson("migrate check --base main")
        expectStatus(1, noGit)
        #expect(noGit.errorOutput.contains("must be in a git working tree"))
        try await git(project, "init", "-q", "-b", "main")
        let unknown = try await project.caisson("migrate check --base origin/main")
        expectStatus(1, unknown)
        #expect(unknown.errorOutput.contains("git knows no revision origin/main"))
        try project.write("-- migrate:up\nVACUUM;\n", to: "migrations/3_bad.sql")
        expectStatus(1, try await project.caisson("migrate check"))
    }
}
