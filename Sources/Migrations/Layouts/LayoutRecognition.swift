/// Finds out how the files of a folder are to be read.
enum LayoutRecognition: Equatable {
    /// There is one way.
    case certain(MigrationLayout)
    /// There are several; what speaks for each.
    case ambiguous([Candidate])
    /// They are those of a tool that is known and not read.
    case foreign(ForeignProject)

    /// A way to read the files and what speaks for it.
    struct Candidate: Hashable, Sendable {
        let layout: MigrationLayout
        let evidence: String

        init(_ layout: MigrationLayout, _ evidence: String) {
            self.layout = layout
            self.evidence = evidence
        }
    }

    /// Looks at names first and at the text where names leave it open.
    init(_ listing: FolderListing) {
        var recognizer = LayoutRecognizer(listing)
        let candidates = recognizer.candidates()
        // Files that say what they are count more than what lies beside them: Atlas keeps its sums for files of others, too.
        if !recognizer.isCertain || ForeignProject.hasDialects(listing.names) != nil,
            let project = ForeignProject(listing)
        {
            self = .foreign(project)
            return
        }
        switch candidates.count {
        case 0: self = .certain(.native)
        case 1: self = .certain(candidates[0].layout)
        default: self = .ambiguous(candidates)
        }
    }
}

/// Collects what speaks for each layout.
private struct LayoutRecognizer {
    private let listing: FolderListing
    private var found: [LayoutRecognition.Candidate] = []
    private var singles: [String] = []
    private var halves: [String] = []
    /// Whether names or markers of some layout were found.
    private(set) var isCertain = false

    init(_ listing: FolderListing) {
        self.listing = listing
        for name in listing.topLevel {
            switch MigrationFileName(name) {
            case .single: singles.append(name)
            case .half: halves.append(name)
            case .repeatable, nil: break
            }
        }
    }

    mutating func candidates() -> [LayoutRecognition.Candidate] {
        if let name = listing.paths.first(where: { FlywayFileName($0)?.isVersioned == true }) {
            add(.flyway, name, "is named as Flyway names them")
        }
        if let folder = listing.paths.first(where: { DieselFolder(ofFile: $0) != nil }) {
            add(.diesel, folder, "lies in a folder of its own")
        }
        isCertain = !found.isEmpty
        readSingles()
        readHalves()
        return found
    }

    private mutating func add(_ layout: MigrationLayout, _ file: String, _ evidence: String) {
        guard !found.contains(where: { $0.layout == layout }) else { return }
        found.append(.init(layout, "\(listing.fullPath(file)) \(evidence)"))
    }

    private func has(_ layout: MigrationLayout) -> Bool {
        found.contains { $0.layout == layout }
    }

    /// `1_name.sql`: five tools name their files so, and their markers tell them apart.
    private mutating func readSingles() {
        guard let first = singles.first else { return }
        let count = found.count
        let signs = singles.map { ($0, LayoutSigns(listing.beginning($0))) }
        if let (name, _) = signs.first(where: { $0.1.contains(.repeatedSections) }) {
            add(.dbmate, name, "has several -- migrate:up sections")
        } else if let (name, _) = signs.first(where: { $0.1.contains(.native) }) {
            add(.native, name, "has a line -- migrate:up or one like it")
        }
        if let (name, _) = signs.first(where: { $0.1.contains(.goose) }) {
            add(.goose, name, "has a line -- +goose")
        }
        if let (name, _) = signs.first(where: { $0.1.contains(.sqlMigrate) }) {
            add(.sqlMigrate, name, "has a line -- +migrate")
        }
        if let (name, _) = signs.first(where: { $0.1.contains(.tern) }) {
            add(.tern, name, "has a line that tern puts there")
        }
        if let (name, _) = signs.first(where: { $0.1.contains(.sqlx) }) {
            add(.sqlx, name, "begins with -- no-transaction")
        }
        isCertain = isCertain || found.count > count
        if found.count == count { readUnmarked(first) }
    }

    /// Without a marker the file may be sqlx's or tern's, or one whose marker was forgotten; the project's
    /// other files may know.
    private mutating func readUnmarked(_ first: String) {
        if listing.neighbours.contains("tern.conf") {
            add(.tern, first, "lies in a project with a tern.conf")
        } else if !listing.neighbours.isDisjoint(with: [".sqlx", "Cargo.toml"]) {
            add(.sqlx, first, "lies in a project written in Rust")
        } else {
            add(.native, first, "has no marker: it would need -- migrate:up above its first statement")
            add(.sqlx, first, "has no marker, and sqlx's files need none")
            add(.tern, first, "has no marker, and tern's files need none if they only go up")
        }
    }

    /// Pairs: golang-migrate's way, which includes what plain pairs of sqlx and of this tool mean.
    private mutating func readHalves() {
        guard let first = halves.first, !has(.native), !has(.sqlx) else { return }
        isCertain = true
        let signs = halves.map { ($0, LayoutSigns(listing.beginning($0))) }
        if let (name, _) = signs.first(where: { $0.1.contains(.native) }) {
            add(.native, name, "has a line -- migrate:up or one like it")
        }
        if let (name, _) = signs.first(where: { $0.1.contains(.sqlx) }) {
            add(.sqlx, name, "begins with -- no-transaction")
        } else if !has(.native) {
            add(.golangMigrate, first, "is half of a pair")
        }
    }
}
