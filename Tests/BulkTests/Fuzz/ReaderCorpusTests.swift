import Foundation
import TestSupport
import Testing

/// Plays the inputs that fuzzing has found worth keeping: `make fuzz` adds to them.
struct ReaderCorpusTests {
    private static func inputs(of body: ReaderBody) throws -> [[UInt8]] {
        let root = (1...4).reduce(URL(fileURLWithPath: #filePath)) { url, _ in url.deletingLastPathComponent()
        }
        let folder = root.appendingPathComponent("Fuzzing/Corpus/\(body.rawValue)")
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .sorted { $0.path < $1.path }
            .map { [UInt8](try Data(contentsOf: $0)) }
    }

    @Test(arguments: ReaderBody.allCases)
    func `kept inputs are read as they are by the plain way`(body: ReaderBody) throws {
        let inputs = try Self.inputs(of: body)
        #expect(!inputs.isEmpty)
        for input in inputs { body.run(input) }
    }

    /// The same with pieces of them put together, from a seed that is always the same.
    @Test(arguments: ReaderBody.allCases)
    func `and so are pieces of them`(body: ReaderBody) throws {
        let inputs = try Self.inputs(of: body)
        var random = SeededGenerator(seed: 42)
        for _ in 0..<500 {
            let (one, other) = (inputs.randomElement(using: &random), inputs.randomElement(using: &random))
            guard let one, let other else { continue }
            let (head, tail) = (
                Int.random(in: 0...one.count, using: &random), Int.random(in: 0...other.count, using: &random)
            )
            body.run(Array(one.prefix(head) + other.suffix(tail)))
        }
    }
}
