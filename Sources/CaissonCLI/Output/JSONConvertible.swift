/// What can stand in a JSON object.
protocol JSONConvertible {
    var json: JSON { get }
}

extension JSON: JSONConvertible {
    var json: JSON { self }
}

extension Bool: JSONConvertible {
    var json: JSON { .bool(self) }
}

extension Int: JSONConvertible {
    var json: JSON { .number(String(self)) }
}

extension Int32: JSONConvertible {
    var json: JSON { .number(String(self)) }
}

extension Int64: JSONConvertible {
    var json: JSON { .number(String(self)) }
}

extension Double: JSONConvertible {
    /// Three decimals: all such numbers here are seconds.
    var json: JSON { isFinite ? .number(String((self * 1000).rounded() / 1000)) : .null }
}

extension String: JSONConvertible {
    var json: JSON { .string(self) }
}

extension Optional: JSONConvertible where Wrapped: JSONConvertible {
    var json: JSON { self?.json ?? .null }
}

extension Array: JSONConvertible where Element: JSONConvertible {
    var json: JSON { .array(map(\.json)) }
}
