/// Where the bytes of an import come from.
public enum ImportSource: Hashable, Sendable {
    /// A file by its path.
    case file(String)
    /// Standard input, for instance the end of a pipe.
    case standardInput

    /// `-` is standard input, everything else a path.
    public init(_ argument: String) {
        self = argument == "-" ? .standardInput : .file(argument)
    }

    /// Opens the source. Layers that make other bytes of the bytes (decompression) belong here.
    func open() throws(ImportError) -> ImportInput {
        switch self {
        case .standardInput: try ImportInput(self, descriptor: 0)
        case .file(let path): try ImportInput(self, path: path)
        }
    }
}

extension ImportSource: CustomStringConvertible {
    /// The name for messages.
    public var description: String {
        switch self {
        case .file(let path): path
        case .standardInput: "standard input"
        }
    }
}
