/// A type that a key column may have.
enum KeyType: String, CaseIterable {
    case smallint, integer, bigint, numeric, float8, text, varchar, char, uuid, timestamptz, date, interval,
        time
    case bytea, inet, boolean, mood, number, word
    case textC = "text COLLATE \"C\""
    case textICU = "text COLLATE \"de-x-icu\""

    /// What a script needs that has columns of these types.
    static let declarations = """
        CREATE TYPE mood AS ENUM ('glad', 'Sad', 'ok', 'zählend', 'é', 'last');
        CREATE DOMAIN number AS integer CHECK (VALUE > -100000);
        CREATE DOMAIN word AS text CHECK (VALUE <> 'never')
        """

    /// How a column of it is declared.
    var sql: String {
        switch self {
        case .varchar: "varchar(40)"
        case .char: "char(16)"
        default: rawValue
        }
    }

    /// The type alone, for a cast.
    var castName: String {
        switch self {
        case .textC, .textICU: "text"
        // Plain "char" would be one character.
        case .char: "char(16)"
        default: rawValue
        }
    }

    /// How many values there are; `nil` where there are enough for every row.
    var values: Int? {
        switch self {
        case .boolean: 2
        case .mood: 6
        default: nil
        }
    }

    /// Types of which every row can have a value of its own.
    static let unlimited = allCases.filter { $0.values == nil }

    /// Values of enums are hashed by numbers that differ between the two copies, so their rows lie in other partitions.
    var isHashedByOID: Bool { self == .mood }

    /// A value for each number, another for each. The numbers' order is not always that of the values.
    func literal(_ number: Int) -> String {
        switch self {
        case .smallint, .integer, .number: "\(Self.spaced(number))"
        case .bigint: number % 5 == 0 ? "\(Self.spaced(number))" : "\(Self.spaced(number) * 10_000_000_000)"
        case .numeric: number == 0 ? "'NaN'" : "\(Self.spaced(number)).\(number % 10)0"
        case .float8: number == 0 ? "'-infinity'" : "\(Self.spaced(number)).5"
        case .text, .textC, .textICU, .varchar, .word:
            number == 0 ? "''" : "'\(Self.words[number % 12])\(number)'"
        case .char: "'\(Self.words[number % 12])\(number)'"
        case .uuid: "md5('\(number)')::uuid"
        case .timestamptz: moment(number)
        case .date: number == 0 ? "'infinity'" : "date '2024-02-20' + \(number)"
        case .interval: number % 2 == 0 ? "'\(number) days 3 hours'" : "'\(number * 24) hours'"
        case .time: "time '00:00:01' + \(number) * interval '13 seconds'"
        case .bytea: "decode(md5('\(number)'), 'hex')"
        case .inet: "inet '10.0.0.0' + \(number * 9)"
        case .boolean: number % 2 == 0 ? "false" : "true"
        case .mood: "'\(["glad", "Sad", "ok", "zählend", "é", "last"][number % 6])'"
        }
    }

    private func moment(_ number: Int) -> String {
        switch number {
        case 0: "'-infinity'"
        case 1: "'infinity'"
        default: "timestamptz '2024-03-31 00:00+00' + \(number) * interval '37 minutes'"
        }
    }

    /// With gaps of seven, so that a moved key lands between others.
    private static func spaced(_ number: Int) -> Int { number * 7 - 300 }

    /// Both spellings of é, letters that collations order in their own ways, quotes.
    private static let words = ["a", "B", "b", "é", "e\u{301}", "ß", "z z", "Z", "日本", "o''x", "_", "-"]

    /// The value moved by about a third of the table, to a place where no other is; `nil` where the type has no such sum.
    func moved(_ reference: String, rows: Int) -> String? {
        switch self {
        case .smallint, .integer, .number, .numeric: "\(reference) + \(rows / 3 * 7 + 3)"
        case .timestamptz: "\(reference) + interval '\(rows / 3 * 37 + 1) minutes'"
        case .time, .boolean, .mood, .uuid, .bytea, .inet, .bigint, .float8: nil
        case .text, .textC, .textICU, .word: "\(reference) || '~'"
        case .date, .interval, .varchar, .char: nil
        }
    }
}
