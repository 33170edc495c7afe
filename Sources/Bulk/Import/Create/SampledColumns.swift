import Postgres

/// The columns of a file that a table is made for, by their names in the file.
struct SampledColumns {
    /// A column that gets the values of a field.
    struct Column {
        /// The place of the field in the file, from 0.
        let position: Int
        /// The name in the table.
        let name: String
    }

    private(set) var columns: [Column] = []
    /// What is wrong with the names.
    private(set) var problems: [ImportError.Problem] = []

    /// - Parameter names: those of the file, in its order.
    init(_ load: FileImport, names: [String]) {
        var unnamed: [Int] = []
        for (position, name) in names.enumerated() {
            if load.ignored.contains(name) || RejectsFile.Origin(name) != nil { continue }
            let column = load.mapping[name] ?? name
            if column.isEmpty {
                unnamed.append(position + 1)
            } else {
                columns.append(Column(position: position, name: column))
            }
        }
        if let other = Self.otherDelimiter(load, names) { problems.append(.otherDelimiter(other)) }
        checkTwice(load, names)
        for name in Set(load.mapping.keys).union(load.ignored).sorted() where !names.contains(name) {
            problems.append(.notInFile(name, nearest: NearestNames.of(name, in: names)))
        }
        if !unnamed.isEmpty { problems.append(.unnamed(unnamed)) }
    }

    private mutating func checkTwice(_ load: FileImport, _ names: [String]) {
        var seen: Set<String> = []
        var taken = Set(load.constants.keys)
        for column in columns {
            let name = names[column.position]
            if !seen.insert(name).inserted {
                if !problems.contains(.headerTwice(name)) { problems.append(.headerTwice(name)) }
            } else if !taken.insert(column.name).inserted {
                problems.append(.fedTwice(column: column.name))
            }
        }
    }

    /// The delimiter that stands in the only name: a table of one column would be made for rows of many.
    private static func otherDelimiter(_ load: FileImport, _ names: [String]) -> UInt8? {
        guard load.hasHeader, names.count == 1,
            load.mapping[names[0]] == nil
        else { return nil }
        let others = ImportMapping.delimiters.filter { $0 != load.layout.delimiter }
        return others.first { names[0].utf8.contains($0) }
    }
}
