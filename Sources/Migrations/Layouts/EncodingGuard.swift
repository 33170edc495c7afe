/// Names files whose text is in an encoding that no layout reads, before anybody wonders why they have no markers.
enum EncodingGuard {
    /// - Throws: `MigrationDirectoryError.file` for the first one.
    static func check(_ listing: FolderListing) throws(MigrationDirectoryError) {
        for file in listing.paths where file.hasSuffix(".sql") {
            guard let name = encoding(listing.beginning(file)) else { continue }
            throw .file(
                MigrationFileError(.otherEncoding(name), file: listing.fullPath(file), line: nil)
            )
        }
    }

    /// Told by the byte order mark, or by the zero bytes beside the letters of an ASCII text that has none.
    static func encoding(_ bytes: [UInt8]) -> String? {
        let first = Array(bytes.prefix(4))
        if first == [0xFF, 0xFE, 0, 0] || first == [0, 0, 0xFE, 0xFF] { return "UTF-32" }
        if first.starts(with: [0xFF, 0xFE]) || first.starts(with: [0xFE, 0xFF]) {
            return "UTF-16, as PowerShell writes it"
        }
        guard first.count == 4, first.contains(0) else { return nil }
        let zeros = first.map { $0 == 0 }
        if zeros == [false, true, false, true] || zeros == [true, false, true, false] { return "UTF-16" }
        return zeros == [false, true, true, true] || zeros == [true, true, true, false] ? "UTF-32" : nil
    }
}
