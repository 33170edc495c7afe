/// Reads goose's files: `1_name.sql` with `-- +goose Up` and `-- +goose Down`.
struct GooseReader {
    private let listing: FolderListing

    init(_ listing: FolderListing) {
        self.listing = listing
    }

    func read() throws(MigrationDirectoryError) -> LayoutContents {
        var contents = LayoutContents()
        for file in listing.topLevel {
            guard let (version, name) = Self.parts(file) else { continue }
            let source = try listing.source(file)
            let (up, down) =
                file.hasSuffix(".go")
                ? (Self.program(source), nil)
                : try MigrationDirectoryError.wrapping { () throws(MigrationFileError) in
                    try GooseFile(source).sections()
                }
            let migration = Migration(identity: .version(version), name: name, up: up, down: down)
            contents.add(migration, of: [file], in: listing)
        }
        return contents
    }

    /// The number before the first underscore and the name behind it; tests written in Go are none.
    private static func parts(_ file: String) -> (MigrationVersion, String)? {
        guard let dot = file.lastIndex(of: "."), [".sql", ".go"].contains(file[dot...]),
            !file.hasSuffix("_test.go")
        else { return nil }
        let words = file[..<dot].split(separator: "_", maxSplits: 1, omittingEmptySubsequences: false)
        guard words.count == 2, let version = MigrationVersion(String(words[0])), version > .zero,
            !version.text.contains(".")
        else { return nil }
        return (version, String(words[1]))
    }

    private static func program(_ source: SourceFile) -> MigrationSection {
        SectionBuilder(source: source, layout: .goose)
            .unreadable(.up, "this migration is a Go program that only goose can run: write it as SQL")
    }
}
