import Foundation

extension SquashedMigration {
    /// Writes the file and takes the old ones away. Where something goes wrong, all is put back.
    /// - Throws: `SquashError.filesNotChanged`, `.filesInBetween`.
    public func write(_ oldFiles: OldFiles) throws(SquashError) {
        let files = FileManager.default
        // Hidden, so that nobody reads it before it is complete and the others are gone.
        let draft = "\(plan.folder)/.squashed_\(plan.version.text).sql"
        var moved: [Move] = []
        do {
            try Data(migration.up.source.bytes).write(to: URL(fileURLWithPath: draft))
            try files.createDirectory(atPath: plan.archive, withIntermediateDirectories: true)
            for file in plan.oldFiles {
                let move = Move(from: file, to: plan.archive + "/" + FolderListing.fileName(file))
                try files.moveItem(atPath: move.from, toPath: move.to)
                moved.append(move)
            }
            try files.moveItem(atPath: draft, toPath: plan.path)
        } catch {
            try putBack(moved, draft, after: error)
        }
        guard oldFiles == .delete else { return }
        // The new file is there: what cannot be deleted now is in nobody's way.
        for move in moved { try? files.removeItem(atPath: move.to) }
        removeArchiveIfEmpty()
    }

    private func removeArchiveIfEmpty() {
        guard (try? FileManager.default.contentsOfDirectory(atPath: plan.archive))?.isEmpty == true else {
            return
        }
        try? FileManager.default.removeItem(atPath: plan.archive)
    }

    private struct Move {
        let from: String
        let to: String
    }

    private func putBack(_ moved: [Move], _ draft: String, after cause: any Error) throws(SquashError) {
        let reason = cause.localizedDescription
        do {
            for move in moved { try FileManager.default.moveItem(atPath: move.to, toPath: move.from) }
        } catch {
            throw .filesInBetween(folder: plan.folder, archive: plan.archive, reason: reason)
        }
        try? FileManager.default.removeItem(atPath: draft)
        removeArchiveIfEmpty()
        throw .filesNotChanged(path: plan.path, reason: reason)
    }
}
