/// A file that was written for the user to fill in.
struct FileReport: Report {
    let path: String
    /// The command to run when it is filled in.
    let next: String

    var json: JSON {
        .object(["event": "file.created", "path": path])
    }

    func text(_ style: Style) -> String? {
        "\(style.good("created"))  \(path)\nFill it in, then: \(next)"
    }
}
