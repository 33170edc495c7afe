import Foundation
import Testing

/// Plays the inputs that fuzzing has found worth keeping: `make fuzz` adds to them.
@Suite struct FuzzCorpusTests {
    private static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Fuzzing/Corpus")

    @Test(arguments: FuzzBody.allCases)
    func `no kept input does harm`(body: FuzzBody) throws {
        let folder = Self.folder.appendingPathComponent(body.rawValue)
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        #expect(!files.isEmpty)
        for file in files { body.run([UInt8](try Data(contentsOf: file))) }
    }

    /// The same with pieces of them cut away and put together, from a seed that is always the same.
    @Test(arguments: FuzzBody.allCases)
    func `nor do pieces of them`(body: FuzzBody) throws {
        let folder = Self.folder.appendingPathComponent(body.rawValue)
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .sorted { $0.path < $1.path }
        var state: UInt64 = 42
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % max(1, bound)
        }
        let texts = try files.map { [UInt8](try Data(contentsOf: $0)) }
        for _ in 0..<500 {
            let (one, other) = (texts[next(texts.count)], texts[next(texts.count)])
            body.run(Array(one.prefix(next(one.count + 1)) + other.suffix(next(other.count + 1))))
        }
    }
}
