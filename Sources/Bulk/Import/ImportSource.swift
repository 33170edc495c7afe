import Foundation

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

    /// Whether it is something else than a file that can be read again from any place.
    var isPipe: Bool {
        guard case .file(let path) = self else { return true }
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
    }

    /// Opens the source.
    ///
    /// - Parameters:
    ///   - sign: told while it is read.
    ///   - encoding: what it is written in.
    func open(_ sign: SignOfLife? = nil, as encoding: TextEncoding = .utf8) throws -> ImportInput {
        switch self {
        case .standardInput: try ImportInput(self, descriptor: 0, sign, encoding)
        case .file(let path): try ImportInput(self, path: path, sign, encoding)
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
