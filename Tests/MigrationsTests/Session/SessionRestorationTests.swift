import Testing

@testable import Migrations

@Suite struct SessionRestorationTests {
    private func restoration(
        _ began: SessionState,
        _ now: SessionState,
        fresh: SessionState? = nil,
        resets: Bool = false
    ) -> SessionRestoration {
        SessionRestoration(RecordedSession(began: began, now: now), in: fresh ?? began, resets: resets)
    }

    @Test func `what the file has made is made, what it has taken back is taken back`() {
        let began = SessionState(settings: ["lock_timeout": "5000", "work_mem": "64"])
        let now = SessionState(settings: ["lock_timeout": "5000", "search_path": "app"])
        let found = restoration(began, now)
        #expect(
            found.settings == [.init(name: "search_path", value: "app"), .init(name: "work_mem", value: nil)]
        )
        #expect(found.role == nil && found.authorization == nil && found.obstacles.isEmpty)
    }

    @Test func `a role is put back where the file has put it on`() {
        let began = SessionState(role: "none", authorization: "app")
        #expect(restoration(began, SessionState(role: "owner", authorization: "app")).role == "owner")
        let other = restoration(began, SessionState(role: "none", authorization: "owner"))
        #expect(other.authorization == "owner" && other.role == "none")
        // Another role has connected since: that is no doing of the file.
        let fresh = SessionState(authorization: "deploy")
        #expect(restoration(began, began, fresh: fresh).isEmpty)
    }

    @Test(arguments: [
        (["1:0:search_path=app"], false, 1), (["1:0:search_path=old"], false, 0), ([], false, 1),
    ])
    func `what a new session begins with counts where the file has changed it`(
        _ fresh: [String],
        _ resets: Bool,
        _ obstacles: Int
    ) {
        let began = SessionState(configured: ["1:0:search_path=old", "0:0:work_mem=1"])
        let now = SessionState(configured: ["1:0:search_path=app", "0:0:work_mem=1"])
        let found = restoration(began, now, fresh: SessionState(configured: fresh), resets: resets)
        #expect(found.obstacles.count == obstacles)
    }

    @Test func `a setting of the session hides what a new one begins with, until it is reset`() {
        let began = SessionState()
        let now = SessionState(settings: ["search_path": "app"], configured: ["1:0:search_path=app"])
        let fresh = SessionState(configured: now.configured)
        #expect(restoration(began, now, fresh: fresh).obstacles.isEmpty)
        #expect(restoration(began, now, fresh: fresh, resets: true).obstacles.count == 1)
    }

    @Test(arguments: [
        ("SELECT set_config('app.tenant', 'x', false)", ["app.tenant"]),
        ("SET \"My\".\"Name\" = 1; SELECT a.b, 1.5, c", ["a.b", "my.name"]),
        ("SELECT set_config('näme.x', '', true), '...'", ["näme.x"]), ("SELECT 1", []),
    ])
    func `names that may be settings are found wherever they stand`(_ text: String, _ names: [String]) {
        #expect(CustomSettings.names(in: text) == names)
    }
}
