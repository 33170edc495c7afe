/// Reads the numbers and marks of a short text from left to right.
struct TextScanner {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { position == bytes.count }

    /// Steps over a text if it comes next.
    mutating func take(_ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard position + length <= bytes.count else { return false }
        for index in 0..<length where bytes[position + index] != text.utf8Start[index] { return false }
        position += length
        return true
    }

    /// An unsigned number of at least so many digits, small enough for 64 bits.
    mutating func number(digits minimum: Int = 1) -> Int? {
        let start = position
        var value = 0
        while position < bytes.count, case let digit = bytes[position] &- UInt8(ascii: "0"), digit < 10 {
            guard position - start < 18 else { return nil }
            value = value * 10 + Int(digit)
            position += 1
        }
        return position - start >= minimum ? value : nil
    }

    /// A number that may have a sign.
    mutating func signedNumber() -> Int? {
        let isNegative = take("-")
        if !isNegative { _ = take("+") }
        return number().map { isNegative ? -$0 : $0 }
    }

    /// The digits behind a point as millionths; 0 without a point.
    mutating func microseconds() -> Int? {
        guard take(".") else { return 0 }
        let start = position
        guard let digits = number(), position - start <= 6 else { return nil }
        return (position - start..<6).reduce(digits) { value, _ in value * 10 }
    }

    /// `HH:MM:SS` with an optional fraction, in microseconds; hours may go on above 23.
    mutating func clock() -> Int? {
        guard let hours = number(digits: 2), take(":"), let minutes = number(digits: 2), take(":"),
            let seconds = number(digits: 2), let fraction = microseconds(), minutes < 60, seconds <= 60,
            hours < 3_000_000_000
        else { return nil }
        return ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + fraction
    }
}

extension TextScanner {
    /// Reads a whole text, or gives `nil` when something is left.
    static func read<Value>(_ text: String, _ body: (inout TextScanner) -> Value?) -> Value? {
        Array(text.utf8).withUnsafeBytes { bytes in
            var scanner = TextScanner(bytes)
            return body(&scanner).flatMap { scanner.isAtEnd ? $0 : nil }
        }
    }
}
