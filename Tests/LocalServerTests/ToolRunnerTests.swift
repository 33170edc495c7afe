import TestSupport
import Testing

struct `The tool runner` {
    private let shell = ToolRunner(path: "/bin/sh", environment: ["GREETING": "good day"])

    @Test func `finds the program that was built`() throws {
        #expect(try ToolRunner().program.hasSuffix("/caisson"))
    }

    @Test func `says which program was not built`() {
        #expect(throws: ToolNotBuilt.self) { try ToolRunner("no-such-program") }
    }

    @Test func `collects both outputs and the exit status`() async throws {
        let result = try await shell.run(
            "-c",
            "read -r x; echo \"$GREETING $x\"; echo oops >&2; exit 11",
            input: "you\n"
        )
        #expect(result == ToolResult(ending: .exited(11), output: "good day you\n", errorOutput: "oops\n"))
    }

    @Test func `a kill is seen as such`() async throws {
        let tool = try await shell.start(["-c", "echo ready; sleep 60"])
        try await tool.line(containing: "ready")
        #expect(tool.isRunning)
        tool.send(.kill)
        #expect(try await tool.result().ending == .killed(9))
        tool.send(.kill)
    }

    @Test func `a stopped program goes on when it is told to`() async throws {
        let tool = try await shell.start(["-c", "kill -STOP $$; echo went on"])
        try await eventually("the program to go on") {
            tool.send(.resume)
            return tool.output == "went on\n"
        }
        #expect(try await tool.result().status == 0)
    }

    @Test func `waiting for a line ends when the program does`() async throws {
        let tool = try await shell.start(["-c", "echo something else; exit 3"])
        await #expect(throws: ToolEndedEarly.self) { try await tool.line(containing: "ready") }
    }

    @Test func `a program that hangs is killed, and the test fails`() async throws {
        let tool = try await shell.start(["-c", "exec sleep 60"])
        await #expect(throws: DeadlineError.self) { try await tool.result(within: .milliseconds(50)) }
        #expect(!tool.isRunning)
    }
}
