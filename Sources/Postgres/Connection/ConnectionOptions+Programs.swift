extension ConnectionOptions {
    /// These options by keyword, secrets among them, for `pg_dump` and its kin. Everybody on the host can see the arguments of a
    /// program: whoever starts one hands `password` and the like over in files.
    public var settingsForPrograms: [String: String] {
        let own = parameters.filter { $0.keyword != "fallback_application_name" }
        return Dictionary(own.map { ($0.keyword, $0.value) }) { first, _ in first }
    }
}
