/// Finds the fields of one record of COPY's text format in memory. Pure: knows nothing of blocks, files and line numbers.
///
/// Fields are left as they stand, because what is NULL is decided before backslashes are taken out.
struct CopyTextScanner {
    private let delimiter: UInt8

    init(delimiter: UInt8) {
        self.delimiter = delimiter
    }

    /// Scans the record at the front of `bytes`. One that breaks a rule is scanned to its end all the same, so that it can be left out.
    ///
    /// - Parameters:
    ///   - isLast: whether nothing follows these bytes, so that their end also ends the record.
    ///   - lineEnd: what lines end with, where it is known.
    ///   - fields: replaced by the record's fields.
    func scan(
        _ bytes: UnsafeRawBufferPointer,
        isLast: Bool,
        lineEnd: LineEnd?,
        into fields: inout [FieldSlice]
    ) -> CSVScanner.Outcome {
        fields.removeAll(keepingCapacity: true)
        var pass = Pass(bytes: bytes, isLast: isLast, lineEnd: lineEnd, delimiter: delimiter)
        return pass.mark() ?? pass.run(&fields)
    }

    /// One walk over one record.
    fileprivate struct Pass {
        let bytes: UnsafeRawBufferPointer
        let isLast: Bool
        let lineEnd: LineEnd?
        let delimiter: UInt8
        var position = 0
        var field = FieldSlice(start: 0, count: 0)
        /// The line ends that are not that of the record.
        var lineEndsInside = 0
        var problem: (CSVError.Problem, at: Int)?

        mutating func run(_ fields: inout [FieldSlice]) -> CSVScanner.Outcome {
            while true {
                position = firstSpecial(from: position)
                guard position < bytes.count else {
                    return isLast ? end(0, &fields) : .incomplete
                }
                switch bytes[position] {
                case delimiter: endField(&fields)
                case UInt8(ascii: "\\"):
                    guard position &+ 1 < bytes.count || isLast else { return .incomplete }
                    backslash()
                case UInt8(ascii: "\n"):
                    if lineEnd == nil || lineEnd == .lineFeed { return end(1, &fields) }
                    stray()
                case UInt8(ascii: "\r"):
                    guard position &+ 1 < bytes.count || isLast else { return .incomplete }
                    if let length = carriageReturn() { return end(length, &fields) }
                    stray()
                case 0:
                    note(.nulByte, at: position)
                    position &+= 1
                default: position &+= 1
                }
            }
        }

        /// The next byte that may mean something: a delimiter, a backslash or a control character. Eight bytes at a time; the lowest flag
        /// of a word is exact, those above it may come from a borrow.
        @inline(__always)
        private func firstSpecial(from start: Int) -> Int {
            let (ones, tops): (UInt64, UInt64) = (0x0101_0101_0101_0101, 0x8080_8080_8080_8080)
            var position = start
            while position &+ 8 <= bytes.count {
                let word = UInt64(
                    littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
                )
                let slash = word ^ (ones &* 0x5C)
                let other = word ^ (ones &* UInt64(delimiter))
                let control = (word &- ones &* 0x20) & ~word
                let flags = (control | ((slash &- ones) & ~slash) | ((other &- ones) & ~other)) & tops
                if flags != 0 { return position &+ flags.trailingZeroBitCount >> 3 }
                position &+= 8
            }
            while position < bytes.count, !isSpecial(bytes[position]) { position &+= 1 }
            return position
        }

        @inline(__always)
        private func isSpecial(_ byte: UInt8) -> Bool {
            byte < 0x20 || byte == UInt8(ascii: "\\") || byte == delimiter
        }

        @inline(__always)
        private mutating func endField(_ fields: inout [FieldSlice]) {
            field.count = position &- field.start
            fields.append(field)
            position &+= 1
            field = FieldSlice(start: position, count: 0)
        }

        /// A backslash takes the next byte along, whatever it is.
        private mutating func backslash() {
            field.hasEscapes = true
            guard position + 1 < bytes.count else {
                note(.loneBackslash, at: position)
                position += 1
                return
            }
            switch bytes[position + 1] {
            case UInt8(ascii: "."): note(.endMarkInside, at: position)
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"): lineEndsInside += 1
            case 0: note(.nulByte, at: position + 1)
            default: break
            }
            position += 2
        }

        /// The length of the line end at the position; none where the lines end with something else.
        private func carriageReturn() -> Int? {
            let isPair = position + 1 < bytes.count && bytes[position + 1] == UInt8(ascii: "\n")
            return switch lineEnd {
            case nil: isPair ? 2 : 1
            case .carriageReturn: 1
            case .pair: isPair ? 2 : nil
            case .lineFeed: nil
            }
        }

        private mutating func stray() {
            note(.otherLineEnd, at: position)
            lineEndsInside += 1
            position += 1
        }

        private mutating func note(_ problem: CSVError.Problem, at position: Int) {
            if self.problem == nil { self.problem = (problem, position) }
        }

        @inline(__always)
        private mutating func end(_ length: Int, _ fields: inout [FieldSlice]) -> CSVScanner.Outcome {
            let content = position
            endField(&fields)
            let whole = content &+ length
            if let problem { return .broken(problem.0, at: problem.at, length: whole) }
            return .record(
                length: whole,
                contentLength: content,
                lineEnds: lineEndsInside &+ (length == 0 ? 0 : 1)
            )
        }
    }
}

extension CopyTextScanner.Pass {
    /// What follows when `\.` is at the front: with nothing but a line end behind it, the end of the data.
    ///
    /// The server reads no further and says nothing of what is lost with it: rows, where two files were put together.
    /// So it is an end only when nothing but line ends follows, up to the end of the file.
    fileprivate func mark() -> CSVScanner.Outcome? {
        guard bytes.first == UInt8(ascii: "\\") else { return nil }
        guard bytes.count > 1 || isLast else { return .incomplete }
        guard bytes.count > 1, bytes[1] == UInt8(ascii: ".") else { return nil }
        guard bytes.count > 2 else { return isLast ? .endOfData(length: 2) : .incomplete }
        guard Self.isLineEnd(bytes[2]) else { return nil }
        if let next = bytes[2...].firstIndex(where: { !Self.isLineEnd($0) }) {
            return .failure(.dataBehindEnd, at: next)
        }
        return isLast ? .endOfData(length: bytes.count) : .incomplete
    }

    private static func isLineEnd(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
    }
}
