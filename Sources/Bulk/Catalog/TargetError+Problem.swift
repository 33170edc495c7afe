import Postgres

extension TargetError.Problem: CustomStringConvertible {
    /// One line for people, with what to do.
    public var description: String {
        switch self {
        case .noSuchColumn(let name, let nearest): "there is no column \(name).\(meant(nearest))"
        case .namedTwice(let name): "the column \(name) is named twice; name it once."
        case .generated(let name): "the column \(name) is computed by the server (GENERATED); leave it out."
        case .identityAlways(let name): "the column \(name) is GENERATED ALWAYS AS IDENTITY; leave it out."
        case .missingValue(let column, let type):
            "the column \(column) (\(type)) is NOT NULL, has no default and gets no value; add it."
        case .noUniqueKey(let columns, let existing):
            "no primary key, unique constraint or plain unique index is over (\(columns.joined(separator: ", "))); "
                + keys(existing)
        case .noSuchConstraint(let name, let existing):
            "there is no unique constraint \(name); \(keys(existing))"
        case .withoutValue(let name): "the column \(name) gets no value; add it to the columns."
        case .noColumns(let what): "no \(what) named; name at least one."
        case .valueCount(let expected, let found):
            "a row has \(found) \(found == 1 ? "value" : "values") for \(expected) columns; give one for each."
        case .type(let column, let type, let value):
            "the column \(column) is \(type) and the values are \(value.sqlName), which does not fit; "
                + "send its own type, or text."
        case .nullableKey(let name):
            "the key column \(name) may be NULL, and rows without a key cannot be compared; make it NOT NULL."
        case .conditionWithoutUpdate:
            "a condition for updates is given, but nothing is updated; remove it, or update on conflict."
        case .unevenHierarchy(let key, let parent):
            "the hierarchy has \(key.count) key and \(parent.count) parent columns; name as many of each."
        case .hierarchyOverOtherKey(let key, let conflict):
            "the hierarchy is over (\(key.joined(separator: ", "))) and the conflict over "
                + "(\(conflict.joined(separator: ", "))); name the same key."
        case .hierarchyWithoutInsert:
            "only inserts and upserts take a hierarchy; remove it."
        case .noOrder(let reason):
            "rows cannot be returned in the order of the input: \(reason)"
        }
    }

    private func keys(_ existing: [UniqueKey]) -> String {
        if existing.isEmpty { return "the table has none at all: create one first." }
        let names = existing.map { "\($0.constraint ?? $0.index) (\($0.columns.joined(separator: ", ")))" }
        return "there are: \(names.joined(separator: "; "))."
    }
}
