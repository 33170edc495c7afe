import Foundation

/// Where the build has put its products.
enum BuiltProducts {
    /// The program of that name, beside the test bundle or in a folder above it.
    static func program(named name: String) throws -> String {
        var folder = URL(fileURLWithPath: try imagePath()).deletingLastPathComponent()
        let start = folder.path
        while folder.path != "/" {
            let candidate = folder.appendingPathComponent(name).path
            var isDirectory: ObjCBool = false
            if FileManager.default.fileExists(atPath: candidate, isDirectory: &isDirectory),
                !isDirectory.boolValue,
                FileManager.default.isExecutableFile(atPath: candidate)
            {
                return candidate
            }
            folder.deleteLastPathComponent()
        }
        throw ToolNotBuilt(name: name, start: start)
    }

    /// The file that holds the running tests. On macOS it is a bundle that some runner of Xcode's has loaded.
    private static func imagePath() throws -> String {
        #if canImport(Darwin)
            var info = Dl_info()
            guard dladdr(#dsohandle, &info) != 0, let name = info.dli_fname else {
                throw ToolNotBuilt(name: "the test bundle", start: "memory")
            }
            return String(cString: name)
        #else
            return try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        #endif
    }
}

/// The program that a test wants to run is not where it should be.
public struct ToolNotBuilt: Error, CustomStringConvertible {
    let name: String
    let start: String

    /// What to do about it.
    public var description: String {
        "\(name) is in none of the folders from \(start) upwards. Build it first: swift build --product \(name)"
    }
}
