import Foundation

/// A folder that only this user can enter, with the files of one program that runs: secrets that go in, text that comes out.
struct ProgramFolder {
    let path: String

    /// What tells a program where to connect to, without a secret.
    struct Address {
        /// For `--dbname`.
        let dbname: String
        /// To be added to its environment.
        let environment: [String: String]
    }

    /// The settings that are handed over by a service file. A password has a file of its own, which takes every character.
    private static let secretKeywords: Set<String> = [
        "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key",
    ]
    /// libpq refuses longer lines of a service file (1,023 bytes since PostgreSQL 14, 255 before).
    private static let longestValue = 200

    init() throws {
        var template = Array((FileManager.default.temporaryDirectory.path + "/caisson-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else {
            throw LocalServerError.system(
                "create a folder in",
                FileManager.default.temporaryDirectory.path,
                code: errno
            )
        }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Writes a file that only this user can read; its path.
    func write(_ text: String, to name: String) throws -> String {
        let file = "\(path)/\(name)"
        let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o600]
        guard
            FileManager.default.createFile(atPath: file, contents: Data(text.utf8), attributes: attributes)
        else {
            throw LocalServerError.system("write", file, code: errno)
        }
        return file
    }

    /// Splits settings into what everybody may see and what goes by files.
    func address(of settings: [String: String], _ environment: [String: String]) throws -> Address {
        var shown = settings.filter { !Self.secretKeywords.contains($0.key) && $0.key != "password" }
        if let password = settings["password"] ?? environment["PGPASSWORD"], !password.isEmpty {
            shown["passfile"] = try write(Self.passfileLine(password), to: "password")
        }
        var additions: [String: String] = [:]
        let secrets = settings.filter { Self.secretKeywords.contains($0.key) && !$0.value.isEmpty }
        if !secrets.isEmpty {
            additions["PGSERVICEFILE"] = try serviceFile(secrets, settings, environment)
            shown["service"] = "caisson"
        }
        return Address(dbname: Self.words(shown), environment: additions)
    }

    private func serviceFile(
        _ secrets: [String: String],
        _ settings: [String: String],
        _ environment: [String: String]
    ) throws -> String {
        let hasService = settings["service"] != nil || environment["PGSERVICE"]?.isEmpty == false
        for (keyword, value) in secrets {
            let reason: String? =
                if hasService {
                    "the connection names a service, and one can name only one"
                } else if value.utf8.count > Self.longestValue {
                    "it is too long"
                } else if value.contains(where: \.isNewline) || value.last?.isWhitespace == true {
                    "it ends with a space or holds a line end"
                } else {
                    nil
                }
            if let reason { throw DumpProgramError.secretNotPassed(keyword: keyword, reason: reason) }
        }
        let lines = secrets.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)\n" }
        return try write("[caisson]\n" + lines.joined(), to: "service")
    }

    private static func passfileLine(_ password: String) -> String {
        "*:*:*:*:" + escaped(password, ":\\") + "\n"
    }

    private static func words(_ settings: [String: String]) -> String {
        settings.sorted { $0.key < $1.key }.map { "\($0.key)='\(escaped($0.value, "\\'"))'" }
            .joined(separator: " ")
    }

    private static func escaped(_ text: String, _ special: String) -> String {
        // By scalars: an accent behind a quote makes one character with it.
        text.unicodeScalars.map { special.unicodeScalars.contains($0) ? "\\\($0)" : "\($0)" }.joined()
    }
}
