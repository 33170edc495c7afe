@testable import Bulk

/// A reader of a file as an import drives it: behind a record that cannot be read it goes on.
protocol FuzzedReader: ~Copyable {
    var position: RecordPosition { get }
    /// Reads a block, the end without one; `record` gets line and content.
    mutating func read(_ block: UnsafeRawBufferPointer?, _ record: (Int, String) -> Void) throws
    mutating func skipRecord()
}

extension CSVReader: FuzzedReader {
    mutating func read(_ block: UnsafeRawBufferPointer?, _ record: (Int, String) -> Void) throws {
        func take(_ found: borrowing CSVRecord) {
            record(found.line, found.strings.joined(separator: "\u{1}"))
        }
        if let block { try feed(block, take) } else { try finish(take) }
    }
}

extension JSONLinesReader: FuzzedReader {
    mutating func read(_ block: UnsafeRawBufferPointer?, _ record: (Int, String) -> Void) throws {
        func take(_ found: borrowing JSONRecord) throws {
            var text: [UInt8] = []
            for member in found.members {
                try found.unescape(member.key, into: &text)
                if member.kind == .string {
                    let content = JSONMember.Piece(
                        start: member.value.start + 1,
                        count: member.value.count - 2
                    )
                    try found.unescape(content, into: &text)
                } else {
                    text += found.bytes(member.value)
                }
            }
            record(found.line, String(decoding: text, as: UTF8.self))
        }
        if let block { try feed(block, take) } else { try finish(take) }
    }
}

/// What reading came to, in the order of the file.
struct FuzzOutcome: Equatable {
    struct Step: Equatable {
        let line: Int
        /// What is wrong; none for a record.
        let problem: String?
        /// The byte within the line for an error, the content of a record.
        let detail: String
    }

    var steps: [Step] = []
    /// Where the reading ended, unless at something behind which nothing can be read.
    var end: Int?

    /// Reads some bytes in blocks of a size.
    init<Reader: FuzzedReader & ~Copyable>(
        _ bytes: [UInt8],
        block size: Int,
        _ reader: consuming Reader
    ) throws {
        var blocks = stride(from: 0, to: bytes.count, by: size).map {
            Array(bytes[$0..<min($0 + size, bytes.count)])
        }
        blocks.append([])
        for (index, block) in blocks.enumerated() {
            let isEnd = index == blocks.count - 1
            var rest = block
            // Every error takes its record with it, so there cannot be more of them than bytes.
            for _ in 0...bytes.count + 1 {
                guard let error = try attempt(isEnd ? nil : rest, &reader) else { break }
                steps.append(error.step)
                guard error.allowsResynchronizing else { return }
                reader.skipRecord()
                rest = []
            }
        }
        end = reader.position.offset
    }

    private mutating func attempt<Reader: FuzzedReader & ~Copyable>(
        _ block: [UInt8]?,
        _ reader: inout Reader
    ) throws -> (step: Step, allowsResynchronizing: Bool)? {
        var found: [Step] = []
        defer { steps += found }
        func take(_ line: Int, _ content: String) {
            found.append(Step(line: line, problem: nil, detail: content))
        }
        do {
            if let block {
                try block.withUnsafeBytes { try reader.read($0, take) }
            } else {
                try reader.read(nil, take)
            }
            return nil
        } catch let error as CSVError {
            return (
                Step(line: error.line, problem: "\(error.problem)", detail: "\(error.column)"),
                error.problem.allowsResynchronizing
            )
        } catch let error as JSONLinesError {
            return (
                Step(line: error.line, problem: "\(error.problem)", detail: "\(error.column)"),
                error.problem.allowsResynchronizing
            )
        }
    }
}
