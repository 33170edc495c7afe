/// Finds the fields of one record in memory. Pure: knows nothing of blocks, files and line numbers.
struct CSVScanner {
    /// What was found at the front of the bytes.
    enum Outcome {
        /// A whole record: its length with the line end, its length without, and the line ends in it.
        case record(length: Int, contentLength: Int, lineEnds: Int)
        /// The bytes end before the record does.
        case incomplete
        /// The bytes end inside a quoted field that began at a position.
        case openQuote(at: Int)
        /// The record breaks a rule at a position.
        case failure(CSVError.Problem, at: Int)
        /// The record breaks a rule at a position, and this is its length with the line end.
        case broken(CSVError.Problem, at: Int, length: Int)
        /// The mark that ends the data, and all that is behind it.
        case endOfData(length: Int)
    }

    private enum ByteClass: UInt8 {
        case plain, delimiter, quote, lineFeed, carriageReturn, nul
        /// Special inside quotes only.
        case escape
        /// Special at the ends of a field only, and only where blanks are trimmed.
        case blank
    }

    private let classes: [ByteClass]
    private let quote: UInt8?

    init(_ format: CSVFormat) {
        quote = format.quote
        var classes = [ByteClass](repeating: .plain, count: 256)
        if format.blanks == .trimmed {
            for byte in [UInt8(ascii: " "), UInt8(ascii: "\t")] { classes[Int(byte)] = .blank }
        }
        if let escape = format.escape { classes[Int(escape)] = .escape }
        classes[Int(format.delimiter)] = .delimiter
        if let quote = format.quote { classes[Int(quote)] = .quote }
        classes[Int(UInt8(ascii: "\n"))] = .lineFeed
        classes[Int(UInt8(ascii: "\r"))] = .carriageReturn
        classes[0] = .nul
        self.classes = classes
    }

    /// Scans the record at the front of `bytes`.
    ///
    /// - Parameters:
    ///   - isLast: whether nothing follows these bytes, so that their end also ends the record.
    ///   - fields: replaced by the record's fields.
    func scan(_ bytes: UnsafeRawBufferPointer, isLast: Bool, into fields: inout [FieldSlice]) -> Outcome {
        fields.removeAll(keepingCapacity: true)
        return classes.withUnsafeBufferPointer { classes in
            var pass = Pass(bytes: bytes, isLast: isLast, quote: quote, classes: classes)
            return pass.run(&fields)
        }
    }

    /// One walk over one record.
    private struct Pass {
        let bytes: UnsafeRawBufferPointer
        let isLast: Bool
        let quote: UInt8?
        let classes: UnsafeBufferPointer<ByteClass>
        var position = 0
        var lineEnds = 0

        @inline(__always)
        private func byteClass(_ position: Int) -> ByteClass { classes[Int(bytes[position])] }

        mutating func run(_ fields: inout [FieldSlice]) -> Outcome {
            while true {
                skipBlanks()
                let isQuoted = position < bytes.count && bytes[position] == quote
                if let outcome = isQuoted ? quotedField(&fields) : bareField(&fields) { return outcome }
            }
        }

        /// Returns nothing when another field follows.
        @inline(__always)
        private mutating func bareField(_ fields: inout [FieldSlice]) -> Outcome? {
            let start = position
            repeat {
                while position < bytes.count, byteClass(position) == .plain { position &+= 1 }
            } while stepOver()
            var end = position
            while end > start, byteClass(end - 1) == .blank { end -= 1 }
            fields.append(FieldSlice(start: start, count: end - start))
            return fieldEnd(strayQuote: .quoteInsideField)
        }

        /// Steps over a byte that is special elsewhere; whether there was one.
        @inline(__always)
        private mutating func stepOver() -> Bool {
            // The two that are special elsewhere come last.
            guard position < bytes.count, byteClass(position).rawValue >= ByteClass.escape.rawValue else {
                return false
            }
            position &+= 1
            return true
        }

        @inline(__always)
        private mutating func skipBlanks() {
            while position < bytes.count, byteClass(position) == .blank { position &+= 1 }
        }

        private mutating func quotedField(_ fields: inout [FieldSlice]) -> Outcome? {
            let opening = position
            var slice = FieldSlice(start: opening + 1, count: 0, isQuoted: true)
            position += 1
            while true {
                while position < bytes.count, isPlainInQuotes(position) { position &+= 1 }
                guard position < bytes.count else { return .openQuote(at: opening) }
                switch byteClass(position) {
                case .nul: return .failure(.nulByte, at: position)
                case .lineFeed, .carriageReturn: skipLineEnd()
                case .escape: slice.hasEscapes = skipEscape() || slice.hasEscapes
                default:
                    guard position + 1 < bytes.count, bytes[position + 1] == quote else {
                        slice.count = position - slice.start
                        fields.append(slice)
                        return closingQuote()
                    }
                    slice.hasEscapes = true
                    position += 2
                }
            }
        }

        @inline(__always)
        private func isPlainInQuotes(_ position: Int) -> Bool {
            let byteClass = byteClass(position)
            return byteClass == .plain || byteClass == .delimiter || byteClass == .blank
        }

        /// Inside quotes; whether the byte behind is meant by itself. An escape at the end of the bytes is looked at again.
        private mutating func skipEscape() -> Bool {
            let next = position + 1
            let escapes = next < bytes.count && (bytes[next] == quote || byteClass(next) == .escape)
            position = escapes ? next + 1 : next
            return escapes
        }

        /// Inside quotes: CR LF is one line end. A CR at the end of the bytes is looked at again with its
        /// successor.
        private mutating func skipLineEnd() {
            let isPair =
                bytes[position] == UInt8(ascii: "\r") && position + 1 < bytes.count
                && bytes[position + 1] == UInt8(ascii: "\n")
            position += isPair ? 2 : 1
            lineEnds += 1
        }

        private mutating func closingQuote() -> Outcome? {
            position += 1
            // The next byte decides whether this quote closes the field or is the first of two.
            guard position < bytes.count || isLast else { return .incomplete }
            skipBlanks()
            return fieldEnd(strayQuote: .textAfterQuote)
        }

        /// Looks at the byte behind a field.
        @inline(__always)
        private mutating func fieldEnd(strayQuote: CSVError.Problem) -> Outcome? {
            guard position < bytes.count else {
                return isLast
                    ? .record(length: position, contentLength: position, lineEnds: lineEnds) : .incomplete
            }
            switch byteClass(position) {
            case .delimiter:
                position &+= 1
                return nil
            case .lineFeed:
                return .record(length: position + 1, contentLength: position, lineEnds: lineEnds + 1)
            case .carriageReturn: return carriageReturn()
            case .nul: return .failure(.nulByte, at: position)
            case .quote: return .failure(strayQuote, at: position)
            case .plain, .escape, .blank: return .failure(.textAfterQuote, at: position)
            }
        }

        private func carriageReturn() -> Outcome {
            let next = position + 1
            guard next < bytes.count || isLast else { return .incomplete }
            let isPair = next < bytes.count && bytes[next] == UInt8(ascii: "\n")
            return .record(length: isPair ? next + 1 : next, contentLength: position, lineEnds: lineEnds + 1)
        }
    }
}
