import Foundation

/// What Flyway's settings say of placeholders: from `flyway.toml` or `flyway.conf`, and from the environment, which has the
/// last word.
struct FlywaySettings: Hashable, Sendable {
    /// Where they come from; nil when there is no such file.
    let path: String?

    /// Values of placeholders by their names in lower case: Flyway does not tell capitals apart.
    private(set) var placeholders: [String: String] = [:]

    private let values: [String: String]
    private let variables: [String: String]

    /// - Parameters:
    ///   - path: the file by which messages speak of them.
    ///   - values: what it says, by keys such as `flyway.placeholders.owner`.
    ///   - variables: the environment, of which `FLYWAY_…` counts.
    init(path: String? = nil, values: [String: String] = [:], variables: [String: String] = [:]) {
        self.path = path
        self.values = values
        self.variables = variables
        for prefix in ["flyway.placeholders.", "environments.\(environment).flyway.placeholders."] {
            take(values, prefix)
        }
        take(variables, "FLYWAY_PLACEHOLDERS_")
    }

    private mutating func take(_ values: [String: String], _ prefix: String) {
        for (key, value) in values where key.hasPrefix(prefix) {
            placeholders[key.dropFirst(prefix.count).lowercased()] = value
        }
    }

    /// A setting by its name in the file and in the environment.
    private func setting(_ name: String, _ variable: String) -> String? {
        variables["FLYWAY_" + variable] ?? values["environments.\(environment).flyway.\(name)"]
            ?? values["flyway.\(name)"]
    }

    /// The name of the environment that is chosen.
    var environment: String { variables["FLYWAY_ENVIRONMENT"] ?? values["flyway.environment"] ?? "default" }

    var replacesPlaceholders: Bool {
        setting("placeholderReplacement", "PLACEHOLDER_REPLACEMENT")?.lowercased() != "false"
    }

    var prefix: String { setting("placeholderPrefix", "PLACEHOLDER_PREFIX") ?? "${" }
    var suffix: String { setting("placeholderSuffix", "PLACEHOLDER_SUFFIX") ?? "}" }
    var separator: String { setting("placeholderSeparator", "PLACEHOLDER_SEPARATOR") ?? ":" }
    var table: String { setting("table", "TABLE") ?? "flyway_schema_history" }
    var schemas: String { setting("schemas", "SCHEMAS") ?? "" }

    /// Nil where it is the first of the connection's path.
    var defaultSchema: String? {
        setting("defaultSchema", "DEFAULT_SCHEMA")
            ?? schemas.split(separator: ",").first?.trimmingCharacters(in: .whitespaces)
    }
}

/// Finds Flyway's settings on disk: in the folder of migrations, or above it up to the one in which the program was
/// started, which is where Flyway looks; in each also in `conf`.
struct FlywaySettingsFinder {
    private let folder: URL

    init(_ folder: String) {
        self.folder = URL(fileURLWithPath: folder).standardizedFileURL
    }

    func settings() -> FlywaySettings {
        let variables = ProcessInfo.processInfo.environment
        for folder in folders {
            for name in ["flyway.toml", "flyway.conf", "conf/flyway.toml", "conf/flyway.conf"] {
                let file = folder.appendingPathComponent(name)
                guard let data = try? Data(contentsOf: file) else { continue }
                let text = String(decoding: data, as: UTF8.self)
                let values =
                    name.hasSuffix("toml")
                    ? FlywayTOML.values(text, variables) : FlywayProperties.values(text, variables)
                return FlywaySettings(path: file.path, values: values, variables: variables)
            }
        }
        return FlywaySettings(variables: variables)
    }

    private var folders: [URL] {
        let start = URL(fileURLWithPath: FileManager.default.currentDirectoryPath).standardizedFileURL.path
        guard folder.path.hasPrefix(start + "/") else { return [folder, folder.deletingLastPathComponent()] }
        var folders = [folder]
        while let last = folders.last, last.path != start { folders.append(last.deletingLastPathComponent()) }
        return folders
    }
}
