import Postgres

extension TargetColumn {
    init(_ row: Row) throws(DecodingFailure) {
        let (name, type, base, baseID, full) = try row.decode(
            String.self,
            String.self,
            String.self,
            Int64.self,
            String.self
        )
        let (isNotNull, hasDefault, generated, identity) = try row.decode(
            from: 5,
            Bool.self,
            Bool.self,
            String.self,
            String.self
        )
        let (schema, collation, isDeterministic) = try row.decode(
            from: 9,
            String?.self,
            String?.self,
            Bool?.self
        )
        (self.name, self.type, self.isNotNull) = (name, type, isNotNull)
        (baseType, fullBaseType) = (base, full)
        baseTypeID = PostgresType(rawValue: UInt32(truncatingIfNeeded: baseID))
        origin = Origin(generated: generated, identity: identity, hasDefault: hasDefault)
        let ownCollation: Collation? =
            if let schema, let collation {
                Collation(name: Identifier(schema, collation), isDeterministic: isDeterministic ?? true)
            } else {
                nil
            }
        self.collation = ownCollation
        (defaultExpression, sequence) = try row.decode(from: 14, String?.self, String?.self)
        elementTypeID = try row.value(Int64?.self, at: 16).map {
            PostgresType(rawValue: UInt32(truncatingIfNeeded: $0))
        }
        let isEnum: Bool
        (isEnum, isTextual) = try row.decode(from: 12, Bool.self, Bool.self)
        let isExact = isEnum || Self.exactTypes.contains(baseTypeID)
        comparison = isExact && ownCollation?.isDeterministic != false ? .equality : .text
    }

    /// The types whose equal values are one and the same.
    private static let exactTypes: Set<PostgresType> = [
        .bool, .bytea, .int2, .int4, .int8, .text, .varchar, .bpchar, .name, .oid, .uuid, .date, .time,
        .timestamp,
        .timestamptz,
    ]
}

extension TargetColumn.Origin {
    fileprivate init(generated: String, identity: String, hasDefault: Bool) {
        switch (generated.isEmpty, identity) {
        case (false, _): self = .generated
        case (_, "a"): self = .identityAlways
        case (_, "d"): self = .identity
        default: self = hasDefault ? .hasDefault : .plain
        }
    }
}

extension UniqueKey {
    init(_ row: Row) throws(DecodingFailure) {
        let (index, constraint, isPrimary, nullsAreEqual, columns) = try row.decode(
            String.self,
            String?.self,
            Bool.self,
            Bool.self,
            TextArray.self
        )
        (self.index, self.constraint) = (index, constraint)
        (self.isPrimary, self.nullsAreEqual) = (isPrimary, nullsAreEqual)
        self.columns = columns.elements.compactMap { $0 }
    }
}
