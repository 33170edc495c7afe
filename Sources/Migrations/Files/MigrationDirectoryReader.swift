import Foundation

/// Reads the files of a folder one by one and puts pairs together.
struct MigrationDirectoryReader {
    private struct Half {
        let version: MigrationVersion
        let name: String
        let section: MigrationSection
    }

    let path: String
    private(set) var ignored: [String] = []
    private var migrations: [Migration] = []
    private var ups: [Half] = []
    private var downs: [Half] = []

    init(path: String) {
        self.path = path
    }

    mutating func read(_ fileName: String) throws(MigrationDirectoryError) {
        guard let meaning = MigrationFileName(fileName) else {
            if fileName.hasSuffix(".sql"), !fileName.hasPrefix(".") { ignored.append(fileName) }
            return
        }
        let source = try source(fileName)
        do {
            try take(meaning, MigrationFile(source))
        } catch let error as MigrationFileError {
            throw .file(error)
        } catch {
            throw .unreadable(path: source.path, reason: "\(error)")
        }
    }

    private mutating func take(_ meaning: MigrationFileName, _ file: MigrationFile) throws {
        switch meaning {
        case .single(let version, let name):
            let (up, down) = try file.sections()
            migrations.append(Migration(identity: .version(version), name: name, up: up, down: down))
        case .repeatable(let name):
            let up = try file.onlySection(.up)
            migrations.append(Migration(identity: .repeatable(name), name: name, up: up, down: nil))
        case .half(let version, let name, .up):
            ups.append(Half(version: version, name: name, section: try file.onlySection(.up)))
        case .half(let version, let name, .down):
            downs.append(Half(version: version, name: name, section: try file.onlySection(.down)))
        }
    }

    /// A migration without a down file cannot be reverted; a down file without its up file is a mistake.
    func finish() throws(MigrationDirectoryError) -> [Migration] {
        var downs = downs
        var result = migrations
        for up in ups {
            let at = downs.firstIndex { $0.version == up.version && $0.name == up.name }
            let down = at.map { downs.remove(at: $0).section }
            result.append(
                Migration(identity: .version(up.version), name: up.name, up: up.section, down: down)
            )
        }
        if let lonely = downs.first {
            let file = lonely.section.source.path
            throw .noPartner(file: file, expected: String(file.dropLast(".down.sql".count)) + ".up.sql")
        }
        return result
    }

    private func source(_ fileName: String) throws(MigrationDirectoryError) -> SourceFile {
        let file = path.hasSuffix("/") ? path + fileName : path + "/" + fileName
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: file))
        } catch {
            throw .unreadable(path: file, reason: error.localizedDescription)
        }
        do {
            return try SourceFile(path: file, bytes: Array(data))
        } catch {
            throw .file(error)
        }
    }
}
