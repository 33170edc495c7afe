import Foundation

/// A file that the user has named for output.
///
/// A plain file is replaced whole, so that a failure leaves what was there. Whatever else stands there is not replaced: a link keeps
/// leading to its file, a device or pipe is written to.
struct OutputFile {
    let path: String

    /// Why it is not written.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Writes it.
    ///
    /// - Returns: false when it had this content already.
    func write(_ bytes: [UInt8]) throws(Failure) -> Bool {
        let target = try linkedFile()
        var found = stat()
        guard stat(target, &found) == 0 else {
            guard errno == ENOENT else { throw Self.failure(errno) }
            try replace(target, bytes, mode: nil)
            return true
        }
        switch found.st_mode & S_IFMT {
        case S_IFDIR: throw Failure(description: "it is a folder")
        case S_IFREG:
            if FileManager.default.contents(atPath: target).map(Array.init) == bytes { return false }
            try replace(target, bytes, mode: found.st_mode & 0o7777)
        default: try send(bytes, to: target, O_WRONLY)
        }
        return true
    }

    /// The file at the end of links, also of one that leads to nothing yet.
    private func linkedFile() throws(Failure) -> String {
        var target = path
        for _ in 1...40 {
            var found = stat()
            guard lstat(target, &found) == 0, found.st_mode & S_IFMT == S_IFLNK else { return target }
            let next: String
            do {
                next = try FileManager.default.destinationOfSymbolicLink(atPath: target)
            } catch {
                throw Self.failure(errno)
            }
            // What /proc and /dev/fd say of a pipe is the name of no file.
            if stat(target, &found) == 0, found.st_mode & S_IFMT != S_IFREG { return target }
            let folder = NSString(string: target).deletingLastPathComponent
            target = next.hasPrefix("/") ? next : NSString(string: folder).appendingPathComponent(next)
        }
        throw Self.failure(ELOOP)
    }

    private func replace(_ target: String, _ bytes: [UInt8], mode: mode_t?) throws(Failure) {
        let draft = "\(target).\(UInt32.random(in: 0...UInt32.max))"
        do throws(Failure) {
            try send(bytes, to: draft, O_WRONLY | O_CREAT | O_EXCL)
            if let mode, chmod(draft, mode) != 0 { throw Self.failure(errno) }
            if rename(draft, target) != 0 { throw Self.failure(errno) }
        } catch {
            unlink(draft)
            throw error
        }
    }

    private func send(_ bytes: [UInt8], to file: String, _ flags: Int32) throws(Failure) {
        let descriptor = open(file, flags | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw Self.failure(errno) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let code = errno
                close(descriptor)
                throw Self.failure(code)
            }
            rest = rest.dropFirst(count)
        }
        guard close(descriptor) == 0 else { throw Self.failure(errno) }
    }

    private static func failure(_ code: Int32) -> Failure {
        Failure(description: String(cString: strerror(code)))
    }
}
