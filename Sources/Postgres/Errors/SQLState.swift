/// The five-character code that the server gives every error.
///
/// The codes are an open set (manual, appendix A); the constants are those that this program decides by.
public struct SQLState: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The code.
    public let rawValue: String

    /// Takes a code.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// The code.
    public var description: String { rawValue }

    /// The first two characters, which codes of one kind share.
    public struct Class: RawRepresentable, Hashable, Sendable {
        /// The two characters.
        public let rawValue: String
        /// Takes the two characters.
        public init(rawValue: String) { self.rawValue = rawValue }

        public static let connectionException = Class(rawValue: "08")
        public static let dataException = Class(rawValue: "22")
        public static let integrityConstraintViolation = Class(rawValue: "23")
        public static let invalidAuthorization = Class(rawValue: "28")
        public static let transactionRollback = Class(rawValue: "40")
        public static let insufficientResources = Class(rawValue: "53")
        public static let operatorIntervention = Class(rawValue: "57")
    }

    /// Matches all codes of a class in a `switch`.
    public static func ~= (pattern: Class, state: SQLState) -> Bool {
        state.rawValue.hasPrefix(pattern.rawValue)
    }

    public static let connectionFailure = SQLState(rawValue: "08006")
    public static let uniqueViolation = SQLState(rawValue: "23505")
    public static let foreignKeyViolation = SQLState(rawValue: "23503")
    public static let readOnlyTransaction = SQLState(rawValue: "25006")
    public static let idleInTransactionSessionTimeout = SQLState(rawValue: "25P03")
    public static let unknownPreparedStatement = SQLState(rawValue: "26000")
    public static let invalidPassword = SQLState(rawValue: "28P01")
    public static let invalidAuthorization = SQLState(rawValue: "28000")
    public static let invalidCatalogName = SQLState(rawValue: "3D000")
    public static let serializationFailure = SQLState(rawValue: "40001")
    public static let deadlockDetected = SQLState(rawValue: "40P01")
    public static let insufficientPrivilege = SQLState(rawValue: "42501")
    public static let syntaxError = SQLState(rawValue: "42601")
    public static let undefinedColumn = SQLState(rawValue: "42703")
    public static let undefinedFunction = SQLState(rawValue: "42883")
    public static let undefinedTable = SQLState(rawValue: "42P01")
    public static let invalidSchemaName = SQLState(rawValue: "3F000")
    public static let duplicateSchema = SQLState(rawValue: "42P06")
    public static let duplicateTable = SQLState(rawValue: "42P07")
    public static let tooManyConnections = SQLState(rawValue: "53300")
    public static let lockNotAvailable = SQLState(rawValue: "55P03")
    public static let queryCanceled = SQLState(rawValue: "57014")
    public static let adminShutdown = SQLState(rawValue: "57P01")
    public static let crashShutdown = SQLState(rawValue: "57P02")
    public static let cannotConnectNow = SQLState(rawValue: "57P03")
    public static let idleSessionTimeout = SQLState(rawValue: "57P05")
    public static let invalidCopyFormat = SQLState(rawValue: "22P04")
}
