import Postgres

/// Finds the columns of a file in a table. Pure: the header and the catalog go in, a plan or all problems
/// come out.
struct ImportMapping {
    let load: FileImport
    let table: TargetTable
    private(set) var problems: [ImportError.Problem] = []
    private var fed: [(column: TargetColumn, value: ImportPlan.Value)] = []
    private var left: [String] = []
    /// The columns, from 1, that have no name in the file and were given none.
    private var unnamed: [Int] = []
    private var fileColumns: [String] = []

    /// - Parameter fields: the names in the first line; without a header as many fields as it has.
    init(_ load: FileImport, _ table: TargetTable, first fields: [String]) {
        (self.load, self.table) = (load, table)
        let names = names(first: fields)
        fileColumns = names
        checkNames(names)
        for (position, name) in names.enumerated() { feed(position, name) }
        if !unnamed.isEmpty { problems.append(.unnamed(unnamed)) }
        for (column, value) in load.constants.sorted(by: { $0.key < $1.key }) {
            feed(column, .constant(value), file: nil)
        }
        addHint(fields)
        checkTable()
    }

    /// The columns that get values, for COPY.
    var columns: [TargetColumn] { fed.map(\.column) }
    var values: [ImportPlan.Value] { fed.map(\.value) }

    var plan: ImportPlan {
        let names = Set(columns.map(\.name))
        return ImportPlan(
            table: table.name.description,
            fileColumns: fileColumns,
            columns: fed.map { .init(name: $0.column.name, type: $0.column.type, value: $0.value) },
            ignored: left,
            filledByServer: table.columns.map(\.name).filter { !names.contains($0) }
        )
    }

    private mutating func names(first fields: [String]) -> [String] {
        if load.format == .ndjson { return load.keys(fields) }
        if load.hasHeader { return fields }
        var names = load.columnNames(in: table)
        if fields.count == names.count + 1, let reasons = fields.last.flatMap(RejectsFile.Origin.name) {
            names.append(reasons)
        }
        guard names.count == fields.count else {
            problems.append(.columnCount(expected: names.count, found: fields.count))
            return []
        }
        return names
    }

    private mutating func checkNames(_ names: [String]) {
        var seen: Set<[UInt8]> = []
        for name in names where !seen.insert(Array(name.utf8)).inserted {
            // Those that are left out need not be told apart, and those without a name are told by their positions.
            let isSettled = load.ignored.contains(name) || (name.isEmpty && load.mapping[""] == nil)
            if !isSettled, !problems.contains(.headerTwice(name)) { problems.append(.headerTwice(name)) }
        }
        guard !names.isEmpty else { return }
        for name in Set(load.mapping.keys).union(load.ignored).sorted() where !names.contains(name) {
            problems.append(.notInFile(name, nearest: NearestNames.of(name, in: names)))
        }
    }

    private mutating func feed(_ position: Int, _ name: String) {
        if load.ignored.contains(name) || table.column(name) == nil && RejectsFile.Origin(name) != nil {
            left.append(name)
        } else if name.isEmpty, load.mapping[name] == nil {
            unnamed.append(position + 1)
        } else {
            feed(load.mapping[name] ?? name, .field(position, name: name), file: name)
        }
    }

    /// - Parameter file: the name in the file; none for a constant.
    private mutating func feed(_ column: String, _ value: ImportPlan.Value, file: String?) {
        let found = table.column(column) ?? (file == nil ? nil : inOtherCase(column))
        guard let found else { return problems.append(unknown(column, file: file)) }
        if columns.contains(where: { $0.name == found.name }), !problems.contains(.headerTwice(file ?? "")) {
            problems.append(.fedTwice(column: found.name))
        }
        fed.append((found, value))
    }

    /// The column that is called the same but for capital letters, where those do not count and there is only one.
    private func inOtherCase(_ name: String) -> TargetColumn? {
        let like = columns(like: name)
        return load.names == .ignoringCase && like.count == 1 ? like[0] : nil
    }

    private func columns(like name: String) -> [TargetColumn] {
        table.columns.filter { $0.name.lowercased() == name.lowercased() }
    }

    private func unknown(_ column: String, file: String?) -> ImportError.Problem {
        let nearest = NearestNames.of(column, in: table.columns.map(\.name))
        guard let file else { return .noSuchConstant(column, nearest: nearest) }
        let blanks: Set<Character> = [" ", "\t"]
        let bare = String(
            column.drop(while: blanks.contains).reversed().drop(while: blanks.contains).reversed()
        )
        let like = columns(like: bare).map(\.name)
        if bare != column, !like.isEmpty, load.format == .csv { return .blanksAround(bare, file: file) }
        return switch like.count {
        case 1 where load.names == .exact: .otherCase(column, column: like[0])
        case 2...: .severalCases(column, file: file, columns: like)
        default: .noSuchColumn(column, file: file, nearest: nearest)
        }
    }

    /// Says what the reason may be that no name is right.
    private mutating func addHint(_ fields: [String]) {
        guard load.hasHeader, fed.allSatisfy(\.value.isConstant) else {
            return
        }
        guard !fields.isEmpty, left.isEmpty else { return }
        let others = Self.delimiters.filter { $0 != load.layout.delimiter }
        if fields.count == 1, let other = others.first(where: { fields[0].utf8.contains($0) }) {
            problems.insert(.otherDelimiter(other), at: 0)
        } else if problems.allSatisfy(\.isAboutUnknownName) {
            problems.insert(.noHeader, at: 0)
        }
    }

    static let delimiters = [
        UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t"), UInt8(ascii: "|"),
    ]

    private mutating func checkTable() {
        // One wrong name would otherwise be reported twice, as unknown and as the value that is missing.
        guard problems.isEmpty else { return }
        problems += table.writeProblems(columns, isInsert: true, written: columns.map(\.name))
            .filter { !$0.isIdentity }.map { .target($0) }
        if columns.isEmpty { problems.append(.target(.noColumns("columns are"))) }
    }
}

extension FileImport {
    /// The names of the columns of a file that has no header.
    /// The keys of an NDJSON file, and those of its reasons where it holds rejected rows.
    ///
    /// - Parameter fields: those that were found in its beginning.
    func keys(_ fields: [String]) -> [String] {
        guard let columns else { return fields }
        return columns + fields.filter { RejectsFile.Origin($0) != nil && !columns.contains($0) }
    }

    /// The names of a file of fields without a header.
    func columnNames(in table: TargetTable) -> [String] {
        columns ?? table.columns.filter { $0.origin != .generated }.map(\.name)
    }
}
