import Foundation

enum ProcessName {
    /// The name of a running program, or nil where it cannot be told.
    static func of(_ pid: Int32) -> String? {
        #if canImport(Darwin)
            var buffer = [CChar](repeating: 0, count: 256)
            let length = proc_name(pid, &buffer, UInt32(buffer.count))
            guard length > 0 else { return nil }
            return String(decoding: buffer.prefix(Int(length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        #else
            let name = try? String(contentsOfFile: "/proc/\(pid)/comm", encoding: .utf8)
            return name?.trimmingCharacters(in: .whitespacesAndNewlines)
        #endif
    }
}
