import Foundation
import Postgres

/// What a session holds that outlasts a statement, as ``SessionStatements/note(_:customSettings:)`` writes it down.
struct SessionState: Codable, Hashable {
    /// Whether a transaction may write by default.
    enum Access: String, Codable {
        case readOnly = "read only"
        case readWrite = "read write"
    }

    /// The settings that were made in the session, by name.
    var settings: [String: String]
    /// The role that is put on, or `none`.
    var role: String
    /// The role of `SET SESSION AUTHORIZATION`, or the one that connected.
    var authorization: String
    var access: Access
    /// What `ALTER DATABASE … SET` and `ALTER ROLE … SET` give a session that begins now: `DATABASE:ROLE:NAME=VALUE`.
    var configured: [String]
    /// What no other session can be given, in words.
    var kept: [String]

    init(
        settings: [String: String] = [:],
        role: String = "none",
        authorization: String = "app",
        access: Access = .readWrite,
        configured: [String] = [],
        kept: [String] = []
    ) {
        (self.settings, self.role, self.authorization) = (settings, role, authorization)
        (self.access, self.configured, self.kept) = (access, configured, kept)
    }

    init(json: String) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(json.utf8))
    }
}

/// What the control table keeps of the session behind a finished statement.
struct RecordedSession: Codable, Hashable {
    /// As it was before the first statement that this session ran.
    let began: SessionState
    /// As it was behind the statement.
    let now: SessionState
    /// False where the connection broke between the statement's COMMIT and the look behind it, and the look before it has seen
    /// settings of which nobody knows whether they were LOCAL.
    let certain: Bool

    init(began: SessionState, now: SessionState) {
        (self.began, self.now, certain) = (began, now, true)
    }

    init(json: String) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(json.utf8))
    }
}

/// What has to be done so that a file which stopped half way goes on in the session that it would have had.
struct SessionRestoration: Equatable {
    /// The settings to be made, by name, in order; nil to reset one.
    struct Setting: Equatable {
        let name: String
        let value: String?
    }

    let settings: [Setting]
    /// The session authorization to be put on, where the file has changed it.
    let authorization: String?
    /// The role to be put on, where the file has changed it.
    let role: String?
    /// What cannot be put back, in words.
    let obstacles: [String]

    var isEmpty: Bool { settings.isEmpty && authorization == nil && role == nil }

    /// Lays what was recorded beside a session that has just begun.
    ///
    /// Only what the file has changed is put back: what it found when it began may have been changed since for good reasons,
    /// such as a longer `--lock-timeout`.
    /// - Parameter resets: whether a statement that is still to run gives settings back what a session begins with.
    init(_ recorded: RecordedSession, in fresh: SessionState, resets: Bool) {
        let (began, now) = (recorded.began, recorded.now)
        let made = now.settings.filter { began.settings[$0.key] != $0.value }
        let undone = began.settings.keys.filter { now.settings[$0] == nil }
        settings =
            (made.map { Setting(name: $0.key, value: $0.value) }
            + undone.map { Setting(name: $0, value: nil) })
            .sorted { $0.name < $1.name }
        authorization = now.authorization == began.authorization ? nil : now.authorization
        // Another authorization takes the role off.
        role = now.role == began.role && authorization == nil ? nil : now.role
        let lost = Self.changedByFile(recorded, fresh).filter { resets || made[$0] == nil }
        obstacles =
            now.kept
            + lost.sorted().map {
                "what ALTER DATABASE or ALTER ROLE … SET \($0) gives a session that begins now"
            }
    }

    /// The settings for which the file has changed what a session begins with, and that are still not what they were.
    private static func changedByFile(_ recorded: RecordedSession, _ fresh: SessionState) -> [String] {
        let (began, now) = (recorded.began.configured, recorded.now.configured)
        let changed = Set(Set(began).symmetricDifference(now).map(name))
        return changed.filter { name in
            began.filter { self.name($0) == name } != fresh.configured.filter { self.name($0) == name }
        }
    }

    /// The name in `DATABASE:ROLE:NAME=VALUE`.
    private static func name(_ entry: String) -> String {
        let parts = entry.split(separator: ":", maxSplits: 2)
        return String((parts.last ?? "").prefix { $0 != "=" })
    }
}

extension SessionRestoration {
    /// What is to be sent, in one transaction. The role comes last: it may not be allowed to make the settings.
    var statements: [SQL] {
        let made = settings.map { setting -> SQL in
            "SELECT pg_catalog.set_config(\(setting.name), \(setting.value), false)"
        }
        let roles = [("session_authorization", authorization), ("role", role)]
        return made
            + roles.compactMap { name, value in value.map { SessionStatements.set(name, $0) } }
    }
}

extension SessionRestoration {
    /// What is not in the session although it was put there, in words: a setting may depend on others, or on rights.
    func missing(in session: SessionState) -> [String] {
        var missing = settings.filter { session.settings[$0.name] != $0.value }.map {
            "the setting \($0.name)"
        }
        if let authorization, session.authorization != authorization {
            missing.append("SET SESSION AUTHORIZATION")
        }
        if let role, session.role != role { missing.append("SET ROLE") }
        return missing
    }
}
