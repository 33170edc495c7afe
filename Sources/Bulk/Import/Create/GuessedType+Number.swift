// Numbers, as far as they come back from the server with the same value.

extension GuessedType {
    /// The digits that `numeric` has room for before the point, and behind it (manual, 8.1.2 "Arbitrary Precision Numbers").
    private static let (mostWhole, mostBroken) = (131_072, 16_383)

    /// The type of a number; `nil` for what is none, or would lose something.
    ///
    /// `+5`, `007` and `-0` would lose a character that may mean something: a telephone number, a code. `NaN` is no number.
    static func number(_ text: UnsafeRawBufferPointer) -> GuessedType? {
        var cursor = TextCursor(text)
        let isNegative = cursor.take("-")
        let whole = cursor.digits()
        if whole.count > 1, whole[0] == UInt8(ascii: "0") { return nil }
        if cursor.isAtEnd {
            guard !whole.isEmpty, !(isNegative && isZero(whole)) else { return nil }
            return integer(whole, isNegative)
        }
        guard let (broken, exponent) = fraction(&cursor, after: whole) else { return nil }
        if isNegative, isZero(whole), isZero(broken) { return nil }
        let scale = broken.count - exponent
        return whole.count + exponent <= mostWhole && scale <= mostBroken ? .numeric : nil
    }

    private static func integer(_ digits: UnsafeRawBufferPointer, _ isNegative: Bool) -> GuessedType? {
        guard digits.count <= mostWhole else { return nil }
        let sign = isNegative ? "-" : ""
        return Int64(sign + String(decoding: digits, as: UTF8.self)) == nil ? .numeric : .bigint
    }

    /// What follows the whole part: a point with digits, an exponent, or both.
    private static func fraction(
        _ cursor: inout TextCursor,
        after whole: UnsafeRawBufferPointer
    ) -> (broken: UnsafeRawBufferPointer, exponent: Int)? {
        var broken = UnsafeRawBufferPointer(start: nil, count: 0)
        if cursor.take(".") {
            broken = cursor.digits()
            if broken.isEmpty { return nil }
        }
        guard !(whole.isEmpty && broken.isEmpty) else { return nil }
        guard cursor.take(anyOf: "e", "E") != nil else { return cursor.isAtEnd ? (broken, 0) : nil }
        let sign = cursor.take(anyOf: "+", "-")
        let digits = cursor.digits()
        // More digits would be out of range, whatever they say.
        guard (1...6).contains(digits.count), cursor.isAtEnd,
            let exponent = Int(String(decoding: digits, as: UTF8.self))
        else { return nil }
        return (broken, sign == "-" ? -exponent : exponent)
    }

    private static func isZero(_ digits: UnsafeRawBufferPointer) -> Bool {
        digits.allSatisfy { $0 == UInt8(ascii: "0") }
    }
}
