// Days and times in the notation of ISO 8601, which the server reads the same whatever DateStyle says.

extension GuessedType {
    /// The type of a day or a time; `nil` for what is none, or would lose something.
    ///
    /// The server would read `24:00:00` as the next day, a sixtieth second as the next minute, and round a seventh digit.
    static func moment(_ text: UnsafeRawBufferPointer) -> GuessedType? {
        // Most values are told by this alone.
        guard text.count >= 10, text[4] == UInt8(ascii: "-") else { return nil }
        var cursor = TextCursor(text)
        guard takeDay(&cursor) else { return nil }
        if cursor.isAtEnd { return .date }
        guard cursor.take(anyOf: "T", " ") != nil, takeTime(&cursor) else { return nil }
        if cursor.isAtEnd { return .timestamp }
        return takeZone(&cursor) && cursor.isAtEnd ? .timestamptz : nil
    }

    private static func takeDay(_ cursor: inout TextCursor) -> Bool {
        guard let year = cursor.number(digits: 4, 1...9999), cursor.take("-"),
            let month = cursor.number(digits: 2, 1...12), cursor.take("-")
        else { return false }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return cursor.number(digits: 2, 1...days[month - 1]) != nil
    }

    private static func takeTime(_ cursor: inout TextCursor) -> Bool {
        guard cursor.number(digits: 2, 0...23) != nil, cursor.take(":"),
            cursor.number(digits: 2, 0...59) != nil
        else { return false }
        guard cursor.take(":") else { return true }
        guard cursor.number(digits: 2, 0...59) != nil else { return false }
        return cursor.take(".") ? (1...6).contains(cursor.digits().count) : true
    }

    /// `Z`, `+01:00` or, as the server itself writes it, `+01`.
    private static func takeZone(_ cursor: inout TextCursor) -> Bool {
        if cursor.take("Z") { return true }
        // The server takes no more than 15:59.
        guard cursor.take(anyOf: "+", "-") != nil, cursor.number(digits: 2, 0...15) != nil else {
            return false
        }
        return cursor.take(":") ? cursor.number(digits: 2, 0...59) != nil : true
    }
}
