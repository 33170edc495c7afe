/// What the name of a file says about it.
enum MigrationFileName: Equatable {
    /// `1_name.sql`
    case single(MigrationVersion, name: String)
    /// `1_name.up.sql`, `1_name.down.sql`
    case half(MigrationVersion, name: String, MigrationDirection)
    /// `R__name.sql`
    case repeatable(name: String)

    /// Nil for a file that is not a migration.
    init?(_ fileName: String) {
        guard fileName.hasSuffix(".sql"), !fileName.hasPrefix(".") else { return nil }
        let base = fileName.dropLast(4)
        if base.hasPrefix("R__"), base.count > 3 {
            self = .repeatable(name: String(base.dropFirst(3)))
            return
        }
        let digits = Substring(base.utf8.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") })
        guard let version = MigrationVersion(String(digits)) else { return nil }
        let rest = base[digits.endIndex...]
        for direction in [MigrationDirection.up, .down] where rest.hasSuffix("." + direction.rawValue) {
            let name = rest.dropLast(direction.rawValue.count + 1)
            self = .half(version, name: Self.name(name), direction)
            return
        }
        self = .single(version, name: Self.name(rest))
    }

    private static func name(_ rest: Substring) -> String {
        String(rest.drop { $0 == "_" || $0 == "-" || $0 == "." })
    }
}
