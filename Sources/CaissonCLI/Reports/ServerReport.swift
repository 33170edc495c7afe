import LocalServer

/// How the private server stands, or what was done with it.
struct ServerReport: Report {
    /// What there is to tell.
    enum Event: String, Sendable {
        case started, stopped, running
        case notRunning = "not_running"
    }

    let event: Event
    let server: PrivateServer

    private var runs: Bool { event == .started || event == .running }

    var json: JSON {
        .object([
            "event": "server.\(event.rawValue)",
            "folder": server.configuration.folder,
            "url": runs ? server.projectConnectionString : nil as String?,
        ])
    }

    func text(_ style: Style) -> String? {
        switch event {
        case .started:
            "\(style.good("started"))\n\(place)\nUse it with --local. Stop it with: caisson server stop"
        case .running: "\(style.good("running"))\n\(place)"
        case .stopped: "stopped; the data stays in \(server.configuration.folder)"
        case .notRunning: "not running; start it with: caisson server start"
        }
    }

    private var place: String {
        "  folder  \(server.configuration.folder)\n  url     \(server.projectConnectionString)"
    }
}
