/// By what a table is walked.
struct WalkKey {
    enum Kind: String {
        case primary = "primary key"
        case uniqueIndex = "unique index"
        /// An index that is not unique; one value has half of the rows.
        case repeated = "repeated key"
        /// `nulls: last-range`.
        case nullable = "nullable key"
        /// A stored generated column.
        case generated = "generated key"
        /// A foreign key with ON UPDATE CASCADE.
        case reference = "foreign key"
        /// `ctid`.
        case place = "place"
    }

    struct Column {
        /// Quoted where it has to be.
        let name: String
        let type: KeyType
    }

    let kind: Kind
    let columns: [Column]
    /// How many values each column but the last has.
    let radices: [Int]

    /// The columns by which `chunk` can be joined.
    var joinColumns: [String] { isByPlace ? ["ctid"] : columns.map(\.name) }

    /// Whether rows are, in part at least, visited by their places.
    var isByPlace: Bool { kind == .place || kind == .nullable }

    var isUnique: Bool { kind == .primary || kind == .uniqueIndex }

    /// What `chunk` holds.
    var chunkColumns: [String] { columns.map(\.name) + (isByPlace ? ["ctid"] : []) }

    /// The kinds and how often.
    static func kind(_ dice: Dice) -> Kind {
        dice.pick([
            (44, .primary), (10, .uniqueIndex), (18, .repeated), (8, .nullable), (5, .generated), (4, .reference),
            (11, .place),
        ])
    }

    static func width(_ kind: Kind, _ dice: Dice) -> Int {
        switch kind {
        case .place: 0
        case .generated, .reference: 1
        case .nullable: dice.pick([(80, 1), (20, 2)])
        default: dice.pick([(68, 1), (22, 2), (10, 3)])
        }
    }

    init(_ kind: Kind, names: [String], _ dice: Dice) {
        self.kind = kind
        columns = names.enumerated().map { index, name in
            let isLast = index == names.count - 1
            let any = isLast && kind != .repeated ? KeyType.unlimited : KeyType.allCases
            let type = dice.chance(25) ? KeyType.integer : dice.pick(any)
            return Column(name: quoted(name), type: kind == .generated || kind == .reference ? .integer : type)
        }
        radices = columns.dropLast().map { min($0.type.values ?? 6, dice.number(2...6)) }
    }

    /// The values of a row's key columns.
    func values(ofRow row: Int, rows: Int, _ dice: Dice) -> [String] {
        var rest = kind == .repeated ? (dice.chance(50) ? 3 : dice.number(0...rows / 4)) : row
        var values: [String] = []
        for (column, radix) in zip(columns, radices) {
            values.append(column.type.literal(rest % radix))
            rest /= radix
        }
        if let last = columns.last { values.append(last.type.literal(rest)) }
        guard kind == .nullable else { return values }
        return values.map { dice.chance(25) ? "NULL" : $0 }
    }
}
