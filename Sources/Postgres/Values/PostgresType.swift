/// The object id of a type in `pg_type`.
///
/// The built-in types keep their ids in every version of the server; the ids of enums, domains and extension types
/// differ from database to database and must be looked up.
public struct PostgresType: RawRepresentable, Hashable, Sendable {
    /// The object id.
    public let rawValue: UInt32

    /// Names a type by its object id.
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// Leaves the type to the server's inference.
    public static let unknown = PostgresType(rawValue: 0)
    public static let bool = PostgresType(rawValue: 16)
    public static let bytea = PostgresType(rawValue: 17)
    public static let char = PostgresType(rawValue: 18)
    public static let name = PostgresType(rawValue: 19)
    public static let int8 = PostgresType(rawValue: 20)
    public static let int2 = PostgresType(rawValue: 21)
    public static let int4 = PostgresType(rawValue: 23)
    public static let text = PostgresType(rawValue: 25)
    public static let oid = PostgresType(rawValue: 26)
    public static let tid = PostgresType(rawValue: 27)
    public static let xid = PostgresType(rawValue: 28)
    public static let json = PostgresType(rawValue: 114)
    public static let float4 = PostgresType(rawValue: 700)
    public static let float8 = PostgresType(rawValue: 701)
    public static let unknownLiteral = PostgresType(rawValue: 705)
    public static let bpchar = PostgresType(rawValue: 1042)
    public static let varchar = PostgresType(rawValue: 1043)
    public static let inet = PostgresType(rawValue: 869)
    public static let cidr = PostgresType(rawValue: 650)
    public static let date = PostgresType(rawValue: 1082)
    public static let time = PostgresType(rawValue: 1083)
    public static let timestamp = PostgresType(rawValue: 1114)
    public static let timestamptz = PostgresType(rawValue: 1184)
    public static let interval = PostgresType(rawValue: 1186)
    public static let numeric = PostgresType(rawValue: 1700)
    public static let uuid = PostgresType(rawValue: 2950)
    public static let jsonb = PostgresType(rawValue: 3802)
    public static let xid8 = PostgresType(rawValue: 5069)

    /// The array type of a built-in element type, `.unknown` where there is none here.
    public var array: PostgresType {
        PostgresType(rawValue: Self.arrayTypes[rawValue] ?? 0)
    }

    /// The element type of a built-in array type, `nil` for anything else.
    public var element: PostgresType? {
        Self.elementTypes[rawValue].map(PostgresType.init)
    }

    /// Whether the type was made in this database: an enum, a composite, an extension's type, or an array of one.
    public var isUserDefined: Bool {
        // "FirstNormalObjectId" in the server's source.
        rawValue >= 16_384
    }

    /// Whether the binary representation is the text itself.
    public var isTextual: Bool {
        switch self {
        case .text, .varchar, .bpchar, .name, .json, .char, .unknownLiteral: true
        default: false
        }
    }

    private static let arrayTypes: [UInt32: UInt32] = [
        16: 1000, 17: 1001, 18: 1002, 19: 1003, 20: 1016, 21: 1005, 23: 1007, 25: 1009, 26: 1028, 27: 1010,
        28: 1011, 114: 199, 650: 651, 700: 1021, 701: 1022, 869: 1041, 1042: 1014, 1043: 1015, 1082: 1182,
        1083: 1183, 1114: 1115,
        1184: 1185, 1186: 1187, 1700: 1231, 2950: 2951, 3802: 3807, 5069: 271,
    ]

    private static let elementTypes = [UInt32: UInt32](uniqueKeysWithValues: arrayTypes.map { ($1, $0) })
}
