import Testing

@testable import LocalServer

struct `Every error` {
    private static let all: [LocalServerError] = [
        .programsNotFound(searched: [], only: nil),
        .programsNotFound(searched: [], only: "/there"),
        .wrongVersion(folder: "/there", needed: "13", found: ["/usr/bin"]),
        .noUserForServer,
        .unsafeFolder(folder: "/there", reason: "it is not a folder"),
        .unreachable(folder: "/there/server", closed: "/there", user: "postgres"),
        .socketPathTooLong(path: "/there", limit: 103),
        .initialisationFailed(folder: "/there", output: "no space\nleft"),
        .startFailed(folder: "/there", log: "/there/server.log", output: "no space"),
        .stopFailed(folder: "/there", mode: .fast, output: "still there"),
        .busy(lock: "/there/lock"),
        .programFailed(program: "/there/initdb", reason: "no such file"),
        .folderNotDeleted(folder: "/there", reason: "busy"),
        .cancelled,
        .system("create", "/there", code: 13),
    ]

    @Test(arguments: all) func `ends with what to do next`(error: LocalServerError) throws {
        let lines = error.description.split(separator: "\n")
        #expect(lines.count >= 2)
        let next = try #require(lines.last)
        let starts = [
            "Install", "Point", "Create", "Choose", "Mend", "See", "Try", "Check", "Delete", "Start", "Look",
        ]
        #expect(starts.contains { next.hasPrefix($0) })
    }

    @Test func `of the system is in words`() {
        let error = LocalServerError.system("create", "/there", code: 13)
        #expect(
            error.description == "Could not create /there: Permission denied.\nLook at it: ls -ld '/there'"
        )
    }
}
