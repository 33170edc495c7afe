extension ConnectionOptions {
    /// What PostgreSQL's own programs need to connect as these options say.
    public struct ForPrograms: Hashable, Sendable {
        /// For `--dbname`: `host='…' dbname='…'`, without a password, because everybody can see arguments.
        public let dbname: String
        /// The password.
        public let environment: [String: String]
    }

    /// These options for `pg_dump` and its kin.
    public var forPrograms: ForPrograms {
        let shown = parameters.filter {
            $0.keyword != "password" && $0.keyword != "fallback_application_name"
        }
        let words = shown.sorted { $0.keyword < $1.keyword }.map { keyword, value in
            let escaped = value.map { "\\'".contains($0) ? "\\\($0)" : "\($0)" }.joined()
            return "\(keyword)='\(escaped)'"
        }
        let password = value(of: "password").map { ["PGPASSWORD": $0] }
        return ForPrograms(dbname: words.joined(separator: " "), environment: password ?? [:])
    }
}
