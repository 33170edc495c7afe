/// What a seed stands for: a file, and how it is imported.
struct FileTrial {
    /// How a file is imported.
    enum Way: Equatable {
        /// In one transaction.
        case atOnce
        /// In the smallest chunks, each with its place.
        case inChunks
        /// The same, and the record with the mistake may be left out.
        case leavingOut
        /// So many bytes first, up to the end of a row or into its line end; then the file has grown.
        case grown(from: Int)
    }

    let seed: UInt64
    let file: RandomFile
    let way: Way

    init(seed: UInt64) {
        let dice = Dice(seed: seed)
        self.seed = seed
        file = RandomFile(dice)
        let mayLeaveOut = file.mistake?.isAboutRecord == true && dice.chance(50)
        if mayLeaveOut {
            way = .leavingOut
        } else if file.mistake == nil, !file.ends.isEmpty, dice.chance(40) {
            let end = dice.pick(file.ends)
            way = .grown(from: min(end.place - dice.number(0...end.length), file.bytes.count))
        } else {
            way = dice.pick([.atOnce, .inChunks])
        }
    }

    /// What the server gets, which reads the same by its rules.
    var plain: [UInt8] {
        guard way == .leavingOut else { return file.plain }
        var plain = file.plain
        plain.removeSubrange(file.mistakenPart.clamped(to: plain.indices))
        return plain
    }

    /// What the file stands for.
    var meaning: FileOutcome {
        if file.differences.contains(.noHeader) { return .refused("empty", line: nil) }
        guard let mistake = file.mistake, way != .leavingOut else {
            return .rows(file.rows, leftOut: file.mistakeLine)
        }
        return .refused(mistake.problem, line: file.mistakeLine)
    }

    /// Enough to see what happened, and to play it again.
    var description: String {
        let oddities = file.oddities.map { "\($0)" }.sorted().joined(separator: ", ")
        let differences = file.differences.map(\.rawValue).sorted().joined(separator: ", ")
        return """
            FILES_SEED=\(seed): \(way); \(file.dialect)
            oddities: \(oddities); differences: \(differences); \(file.bytes.count) bytes
            \(String(decoding: file.bytes.suffix(2000), as: UTF8.self).debugDescription)
            """
    }
}

/// How a reading of a file ended.
enum FileOutcome: Equatable {
    /// All rows, in their order, and the line of the one that was left out.
    case rows([FileRow], leftOut: Int?)
    /// Why not, and in which line of the file.
    case refused(String, line: Int?)

    var rows: [FileRow]? {
        if case .rows(let rows, _) = self { rows } else { nil }
    }
}

extension FileOutcome: CustomStringConvertible {
    var description: String {
        switch self {
        case .rows(let rows, let line):
            "\(rows.count) rows\(line.map { ", line \($0) left out" } ?? "")\n"
                + rows.suffix(14).map(\.description).joined(separator: "\n")
        case .refused(let reason, let line): "refused: \(reason), line \(line.map(String.init) ?? "none")"
        }
    }
}

extension FileOddity {
    /// The case of the error that a mistake is told by.
    fileprivate var problem: String {
        switch self {
        case .tooFew: "tooFewFields"
        case .tooMany: "tooManyFields"
        case .quoteInside: "quoteInsideField"
        case .textBehindQuote: "textAfterQuote"
        case .openQuote: "unterminatedQuote"
        case .nulByte: "nulByte"
        case .invalidUTF8: "invalidUTF8"
        case .unknownColumn: "unsuitable"
        default: ""
        }
    }
}
