/// A folder that `init` made or found.
struct FolderReport: Report {
    let path: String
    let isNew: Bool

    var json: JSON {
        .object(["event": isNew ? "folder.created" : "folder.exists", "path": path])
    }

    func text(_ style: Style) -> String? {
        isNew ? "\(style.good("created"))  \(path)/" : "\(style.faint("exists"))   \(path)/"
    }
}
