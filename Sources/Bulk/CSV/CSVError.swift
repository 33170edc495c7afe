/// A place in a CSV file that cannot be read, and why.
public struct CSVError: Error, Hashable, Sendable {
    /// What is wrong.
    public enum Problem: Hashable, Sendable {
        /// Bytes that are not UTF-8; the first of them.
        case invalidUTF8(byte: UInt8)
        /// The file begins with the mark of UTF-16.
        case utf16
        /// A NUL byte, which no text in PostgreSQL can hold.
        case nulByte
        /// A quote in a field that does not begin with one.
        case quoteInsideField
        /// Something else than a delimiter or a line end behind a closing quote.
        case textAfterQuote
        /// A quoted field that is still open at the end of the file.
        case unterminatedQuote
        /// A record longer than ``CSVFormat/maximumRecordSize``.
        case recordTooLong(limit: Int)
        /// Fewer fields than the first record has.
        case tooFewFields(expected: Int, found: Int)
        /// More fields than the first record has.
        case tooManyFields(expected: Int, found: Int)
        /// A line end of another kind than that of the first line.
        case otherLineEnd
        /// A backslash that is the last byte of the file.
        case loneBackslash
        /// `\.`, which ends the data, with something else in its line.
        case endMarkInside
        /// Something behind the `\.` that ends the data.
        case dataBehindEnd
        /// An escape that makes a byte which no text can hold.
        case escapedByte(UInt8)
    }

    /// What is wrong.
    public let problem: Problem
    /// The line of the file, from 1. Line ends inside quotes count, as they do in an editor.
    public let line: Int
    /// The byte within the line, from 1.
    public let column: Int
    /// The beginning of the record, at most 80 bytes of it.
    public let text: String
    /// How the file is written.
    var notation = CSVFormat.Notation.quotes
}

extension CSVError: CustomStringConvertible {
    /// The place, the problem, the record and what to do.
    public var description: String {
        let place = showsColumn ? "line \(line), byte \(column)" : "line \(line)"
        return "\(place): \(problem.reason)\n    \(text)\n\(advice)"
    }

    private var advice: String {
        if case .copyText = notation, let advice = problem.adviceForCopyText { return advice }
        return problem.advice
    }

    private var showsColumn: Bool {
        switch problem {
        case .tooFewFields, .tooManyFields, .recordTooLong, .utf16: false
        default: true
        }
    }
}

extension CSVError.Problem {
    /// What is wrong, in words.
    public var reason: String {
        switch self {
        case .invalidUTF8(let byte): "the byte 0x\(hexadecimal(byte)) is not UTF-8"
        case .utf16: "the file is UTF-16, not UTF-8"
        case .nulByte: "a NUL byte, which a text in PostgreSQL cannot hold"
        case .quoteInsideField: "a quote inside a field that does not begin with one"
        case .textAfterQuote: "text behind a closing quote"
        case .unterminatedQuote: "a quoted field begins here and never ends"
        case .recordTooLong(let limit): "a record of more than \(limit) bytes begins here"
        case .tooFewFields(let expected, let found), .tooManyFields(let expected, let found):
            "\(found) \(found == 1 ? "field" : "fields"), where the first record has \(expected)"
        case .otherLineEnd: "a line end of another kind than that of the first line"
        case .loneBackslash: "a backslash is the last byte of the file"
        case .endMarkInside: "\\. ends the data, and does not stand alone in its line"
        case .dataBehindEnd: "\\. has ended the data before, and this is behind it"
        case .escapedByte(let byte):
            "an escape in this field makes the byte 0x\(hexadecimal(byte)), which "
                + (byte == 0 ? "a text in PostgreSQL cannot hold" : "is not UTF-8 here")
        }
    }

    /// What to do about it.
    var advice: String {
        switch self {
        case .invalidUTF8: "Say what the file is written in, for instance: --encoding LATIN1"
        case .utf16: "Say so: --encoding UTF-16"
        case .nulByte:
            "Remove it first, for instance: tr -d '\\000' < IN > OUT. Where every second byte is one: --encoding UTF-16LE"
        case .quoteInsideField:
            "Put the field in quotes and double the quotes inside it, or read the file without quoting (--quote none)."
        case .textAfterQuote: "Double a quote that belongs to the text, or check the delimiter."
        case .unterminatedQuote: "Close the quote, or read the file without quoting (--quote none)."
        case .recordTooLong:
            "Most likely a quote is not closed; otherwise raise the limit: --max-record-size, in MiB"
        case .tooFewFields, .tooManyFields:
            "Check the delimiter, and that fields with a delimiter inside are in quotes. A header that does not fit the "
                + "rows can be left out: --skip-lines 1 --no-header --columns a,b,c"
        case .otherLineEnd:
            "Write a line feed inside a value as \\n and a carriage return as \\r, or end all lines alike."
        case .loneBackslash:
            "Most likely the end of the file is missing. A backslash itself is written as two."
        case .endMarkInside: "Write a backslash itself as two: \\\\."
        case .dataBehindEnd:
            "Where files were put together, import them one by one. To leave the rest out, cut it off: sed '/^\\\\\\.$/q' IN > OUT"
        case .escapedByte: "Correct the escape: bytes are those of UTF-8, as in \\xc3\\xa9 for é."
        }
    }

    /// The same where the file is in the text format of COPY, which has no quotes.
    fileprivate var adviceForCopyText: String? {
        switch self {
        case .recordTooLong:
            "Most likely the lines do not all end like the first one; otherwise raise the limit: --max-record-size, in MiB"
        case .tooFewFields, .tooManyFields:
            "Check the delimiter (--delimiter), and that a backslash stands before one that belongs to a value."
        default: nil
        }
    }

    private func hexadecimal(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return digits.count == 1 ? "0" + digits : digits
    }
}

extension CSVError.Problem {
    /// Whether it is known where the next record begins.
    var allowsResynchronizing: Bool {
        switch self {
        case .utf16, .unterminatedQuote, .recordTooLong, .dataBehindEnd: false
        default: true
        }
    }
}
