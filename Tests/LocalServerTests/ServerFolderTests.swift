import Foundation
import TestSupport
import Testing

@testable import LocalServer

final class `A server's folder` {
    private let root = "/tmp/caisson-folder-" + String(UInt32.random(in: 0...UInt32.max), radix: 36)

    init() throws {
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    private func refusal(of path: String, as user: ServerUser? = nil) throws -> LocalServerError {
        try #require(throws: LocalServerError.self) {
            try ServerFolder(path: path, port: 5432).prepare(for: user ?? ServerUser.forServer())
        }
    }

    @Test(arguments: ["data", "", "/", "/tmp/a\"b", "/tmp/a\nb"])
    func `must be an absolute path without quotes or line ends`(path: String) throws {
        guard case .unsafeFolder = try refusal(of: path) else {
            Issue.record("\(path) was refused for another reason")
            return
        }
    }

    @Test func `is closed to everybody else`() throws {
        let folder = ServerFolder(path: root + "/server", port: 5432)
        try folder.prepare(for: ServerUser.forServer())
        try folder.prepare(for: ServerUser.forServer())
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.path)
        #expect(attributes[.posixPermissions] as? Int == 0o700)
        let owner = try ServerUser.forServer()?.userID ?? geteuid()
        #expect(attributes[.ownerAccountID] as? Int == Int(owner))
    }

    /// As root the folder is made first and given to the server's user then; another start may look in between.
    @Test(.enabled(if: geteuid() == 0)) func `may be in the hands of another start`() throws {
        let user = try #require(try ServerUser.forServer())
        let path = root + "/half"
        #expect(mkdir(path, 0o700) == 0)
        try ServerFolder(path: path, port: 5432).prepare(for: user)
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.ownerAccountID] as? Int == Int(user.userID))

        let used = root + "/used"
        #expect(mkdir(used, 0o700) == 0 && mkdir(used + "/of somebody", 0o700) == 0)
        #expect(try refusal(of: used) == .unsafeFolder(folder: used, reason: "it belongs to another user"))
    }

    @Test func `cannot be one that others may enter`() throws {
        let path = root + "/open"
        let folder = ServerFolder(path: path, port: 5432)
        try folder.prepare(for: ServerUser.forServer())
        #expect(chmod(path, 0o755) == 0)
        #expect(try refusal(of: path) == .unsafeFolder(folder: path, reason: "others may enter it"))
    }

    @Test func `cannot be a link`() throws {
        let path = root + "/link"
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: root)
        #expect(try refusal(of: path) == .unsafeFolder(folder: path, reason: "it is not a folder"))
    }

    @Test func `cannot lie where others may rename it`() throws {
        #expect(chmod(root, 0o777) == 0)
        let error = try refusal(of: root + "/server")
        #expect(error == .unsafeFolder(folder: root, reason: "others may rename what is in it"))
    }

    @Test func `must be reachable for the server's user`() throws {
        #expect(chmod(root, 0o700) == 0)
        let stranger = ServerUser(name: "stranger", userID: 12_345, groupID: 12_345)
        let error = try refusal(of: root + "/server", as: stranger)
        #expect(error == .unreachable(folder: root + "/server", closed: root, user: "stranger"))
    }

    @Test func `must leave room for the socket's name`() throws {
        let path = root + "/" + String(repeating: "x", count: 100 - root.utf8.count)
        guard case .socketPathTooLong(let socket, 103) = try refusal(of: path) else {
            Issue.record("a path of \(path.utf8.count) bytes was taken")
            return
        }
        #expect(socket.hasSuffix("/.s.PGSQL.5432"))
    }

    @Test func `of a project is always the same, and short`() throws {
        let project = root + "/Städte & Länder, mit einem langen Namen"
        try FileManager.default.createDirectory(atPath: project, withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(atPath: root + "/link", withDestinationPath: project)
        let folder = PrivateServer.defaultFolder(forProject: project)
        #expect(folder.hasPrefix("/var/tmp/caisson-\(geteuid())/st-dte"))
        #expect(folder.utf8.count < 80)
        #expect(PrivateServer.defaultFolder(forProject: root + "/link") == folder)
        #expect(PrivateServer.defaultFolder(forProject: project + "/") == folder)
        #expect(PrivateServer.defaultFolder(forProject: root) != folder)
    }
}
