/// What a script creates, drops and speaks of, by name: enough to put scripts into an order without a server.
///
/// It reads tokens, not the grammar. A column may be taken for a view of the same name, so whatever is decided by it must
/// be harmless where it is wrong.
public struct ScriptNames: Hashable, Sendable {
    /// What kind of thing bears a name; names of two families do not meet.
    public enum Family: Hashable, Sendable {
        /// Tables, views, sequences, types and schemas.
        case relation
        /// Functions, procedures and aggregates.
        case routine
        /// Triggers, whose names belong to their tables.
        case trigger
    }

    /// Something with a name.
    public struct Object: Hashable, Sendable {
        /// What it is.
        public let family: Family
        /// Its schema, where the script names it.
        public let schema: String?
        /// Its name, folded as the server folds it.
        public let name: String

        /// Names a thing.
        public init(_ family: Family, schema: String? = nil, _ name: String) {
            self.family = family
            self.schema = schema
            self.name = name
        }

        /// Whether the two may be the same thing; where a schema is not named, it may be any.
        public func mayBe(_ other: Object) -> Bool {
            family == other.family && name == other.name
                && (schema == nil || other.schema == nil || schema == other.schema)
        }
    }

    /// Something that is dropped.
    public struct Drop: Hashable, Sendable {
        /// What.
        public let object: Object
        /// Whether everything that depends on it goes with it.
        public let cascades: Bool

        /// Describes a drop.
        public init(_ object: Object, cascades: Bool) {
            self.object = object
            self.cascades = cascades
        }
    }

    /// How sure it is that a script needs something.
    public enum Use: Int, Hashable, Sendable, Comparable, CaseIterable {
        /// The name stands in the body of a routine that is looked at when it is called.
        case deferred
        /// The name stands where something else may be meant, such as a column.
        case possible
        /// The name stands where only such a thing can.
        case certain

        /// Surer ones are greater.
        public static func < (left: Use, right: Use) -> Bool { left.rawValue < right.rawValue }
    }

    /// Where a name stands.
    struct Mention: Hashable, Sendable {
        /// The name in front of the dot before it.
        let qualifier: String?
        /// In front of a parenthesis, as the name of a routine that is called.
        let isCalled: Bool
        /// Behind a word such as FROM.
        let isInRelationPlace: Bool
        /// Behind TRIGGER.
        let isInTriggerPlace: Bool
        /// In a body that is looked at later.
        let isDeferred: Bool
    }

    /// What it creates.
    public internal(set) var created: Set<Object> = []

    /// What it drops.
    public internal(set) var dropped: Set<Drop> = []

    var mentions: [String: Set<Mention>] = [:]

    /// Reads statements of a source.
    public init(_ statements: [Statement], in bytes: [UInt8]) {
        var reader = ScriptNameReader()
        for statement in statements { reader.read(NamePieces(bytes, in: statement.range)) }
        self = reader.names
    }

    init() {}

    /// Whether the script needs something that another one creates; nil when it does not speak of it.
    public func use(of object: Object) -> Use? {
        mentions[object.name]?.lazy.compactMap { Self.use($0, of: object) }.max()
    }

    private static func use(_ mention: Mention, of object: Object) -> Use? {
        let isCertain: Bool
        switch object.family {
        case .trigger:
            guard mention.isInTriggerPlace else { return nil }
            isCertain = true
        case .routine:
            isCertain = mention.isCalled
        case .relation:
            // An unknown name in front of the dot is more often an alias than a schema.
            let isPlain = [nil, "public", object.schema].contains(mention.qualifier)
            isCertain = mention.isInRelationPlace && isPlain
        }
        if let schema = object.schema, let qualifier = mention.qualifier, schema != qualifier { return nil }
        if mention.isDeferred { return .deferred }
        return isCertain ? .certain : .possible
    }
}
