/// A column of one occurrence of a relation in a statement. Two occurrences are two instances: their rows have nothing to do
/// with each other.
struct ColumnTerm: Hashable {
    let instance: Int
    let column: String
}

/// What is known of the columns of a relation.
struct RelationColumns {
    /// The columns that are known, in their order, each with what it is a plain copy of.
    var known: [(name: String, term: ColumnTerm?)] = []
    /// Where any other column is one of this instance.
    var others: Int?
    /// There are no columns but the known ones.
    var isComplete = false
    /// The known columns are all of the first ones, whatever their names are.
    var isOrdered = false
    /// Its rows are made of those of the chunk.
    var isOverChunk = false

    static let unknown = RelationColumns()

    /// What a column of this name is, if there is one.
    func term(_ name: String) -> ColumnTerm? {
        let found = known.filter { $0.name == name }
        guard found.isEmpty else { return found.count == 1 ? found[0].term : nil }
        return others.map { ColumnTerm(instance: $0, column: name) }
    }

    /// There is such a column for certain.
    func has(_ name: String) -> Bool {
        known.contains { $0.name == name }
    }

    /// The same under other names.
    func renamed(_ names: [String]) -> RelationColumns {
        guard !names.isEmpty else { return self }
        guard isOrdered, names.count <= known.count else {
            return RelationColumns(isOverChunk: isOverChunk)
        }
        var result = self
        for (index, name) in names.enumerated() { result.known[index].name = name }
        // The names of those that had none are known now.
        if names.count == known.count, others == nil { result.isComplete = true }
        return result
    }
}

/// The names that can be spoken of at one level of a statement.
struct NameScope {
    var relations: [(alias: String, columns: RelationColumns)] = []
    /// Columns that JOIN ... USING has made one of two, and of which of the relations.
    var merged: [(name: String, term: ColumnTerm?, sides: Range<Int>)] = []
    /// A join whose merged columns cannot be told.
    var isBlurred = false

    /// The part of it that some of the relations make.
    func part(_ sides: Range<Int>) -> NameScope {
        var part = self
        part.relations = Array(relations[sides])
        part.merged = merged.filter {
            sides.contains($0.sides.lowerBound) && $0.sides.upperBound <= sides.upperBound
        }
        return part
    }

    /// The column of a name that JOIN ... USING finds on one of its sides.
    func joinTerm(_ name: String, in sides: Range<Int>) -> ColumnTerm? {
        let part = part(sides)
        if let merged = part.merged.last(where: { $0.name == name }) { return merged.term }
        let owners = part.relations.filter { $0.columns.has(name) }
        if owners.count == 1 { return owners[0].columns.term(name) }
        return owners.isEmpty && part.relations.count == 1 ? part.relations[0].columns.term(name) : nil
    }

    /// What `alias.name` or `name` is, looked up from the innermost level outward; `nil` where it cannot be told.
    static func term(_ qualifier: String?, _ name: String, in scopes: [NameScope]) -> ColumnTerm? {
        for scope in scopes.reversed() {
            if let qualifier {
                let found = scope.relations.filter { $0.alias == qualifier }
                guard found.isEmpty else { return found.count == 1 ? found[0].columns.term(name) : nil }
                continue
            }
            if scope.isBlurred { return nil }
            if let merged = scope.merged.last(where: { $0.name == name }) { return merged.term }
            let owners = scope.relations.filter { $0.columns.has(name) }
            guard owners.isEmpty else { return owners.count == 1 ? owners[0].columns.term(name) : nil }
            guard scope.relations.allSatisfy(\.columns.isComplete) else { return nil }
        }
        return nil
    }
}

/// Common table expressions by name, the nearest first.
final class CommonTables {
    enum Definition {
        /// The relation that is asked about.
        case chunk
        case query(SignificantTokens, columns: [String], within: CommonTables)
        /// One that writes, or that is not understood.
        case other(isOverChunk: Bool)
    }

    private var tables: [String: Definition] = [:]
    private let outer: CommonTables?

    init(_ outer: CommonTables? = nil) {
        self.outer = outer
    }

    func add(_ name: String, _ definition: Definition) {
        tables[name] = definition
    }

    func find(_ name: String) -> Definition? {
        tables[name] ?? outer?.find(name)
    }
}

/// Which columns are equal, and which are each other's equals by way of others.
struct ColumnClasses {
    private var parents: [ColumnTerm: ColumnTerm] = [:]

    init(_ equalities: some Sequence<(ColumnTerm, ColumnTerm)>) {
        for (left, right) in equalities {
            let (a, b) = (root(left), root(right))
            if a != b { parents[a] = b }
        }
    }

    func root(_ term: ColumnTerm) -> ColumnTerm {
        var term = term
        while let parent = parents[term] { term = parent }
        return term
    }

    func areEqual(_ left: ColumnTerm, _ right: ColumnTerm) -> Bool {
        root(left) == root(right)
    }
}
