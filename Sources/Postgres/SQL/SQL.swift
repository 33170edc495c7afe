/// A piece of SQL: text with the values that belong to it.
///
/// Write it as a string literal. What is interpolated becomes a parameter, a quoted name or a nested piece; a
/// `String` that was put together elsewhere never turns into SQL by itself.
///
/// ```swift
/// let wanted: SQL = "country_code = \(code)"
/// let query: SQL = "SELECT name FROM \(identifier: table) WHERE \(wanted) LIMIT \(10)"
/// // SELECT name FROM "city" WHERE country_code = $1 LIMIT $2
/// ```
///
/// A choice between two literals is a `String`, and so becomes a parameter. Say that it is SQL:
///
/// ```swift
/// "SELECT name FROM city ORDER BY name \(descending ? "DESC" : "ASC")"      // wrong: ORDER BY name $1
/// let order: SQL = descending ? "DESC" : "ASC"
/// "SELECT name FROM city ORDER BY name \(order)"                            // right
/// ```
public struct SQL: Sendable {
    enum Part: Sendable {
        case text(String)
        case parameter(Parameter)
    }

    var parts: [Part]

    /// Takes text as it is. For statements that a person wrote in a file; never for text with values pasted in.
    public init(unsafe text: String) {
        parts = [.text(text)]
    }

    init(parts: [Part]) {
        self.parts = parts
    }

    /// The statement with its parameters numbered from `$1`.
    public var text: String {
        // A statement of a file may have 60 MB, and a copy is as much again.
        if case .text(let whole)? = parts.first, parts.count == 1 { return whole }
        var number = 0
        return parts.reduce(into: "") { text, part in
            switch part {
            case .text(let piece): text += piece
            case .parameter:
                number += 1
                text += "$\(number)"
            }
        }
    }

    /// The values of `$1`, `$2`, … in this order.
    public var parameters: [Parameter] {
        parts.compactMap { part in
            if case .parameter(let parameter) = part { parameter } else { nil }
        }
    }

    /// Adds a piece at the end.
    public mutating func append(_ other: SQL) {
        parts += other.parts
    }

    /// Two pieces, one behind the other, with nothing between them.
    public static func + (left: SQL, right: SQL) -> SQL {
        SQL(parts: left.parts + right.parts)
    }
}

extension SQL: ExpressibleByStringInterpolation {
    /// Takes a literal of the program's own text.
    public init(stringLiteral text: String) {
        self.init(unsafe: text)
    }

    /// Takes a literal with interpolated values.
    public init(stringInterpolation: StringInterpolation) {
        parts = stringInterpolation.parts
    }

    /// Collects the pieces of an interpolated literal.
    public struct StringInterpolation: StringInterpolationProtocol {
        var parts: [Part] = []

        /// Makes room for the pieces.
        public init(literalCapacity: Int, interpolationCount: Int) {
            parts.reserveCapacity(interpolationCount * 2 + 1)
        }

        /// Text between two interpolations.
        public mutating func appendLiteral(_ literal: String) {
            if !literal.isEmpty { parts.append(.text(literal)) }
        }

        /// `\(value)`: a parameter.
        public mutating func appendInterpolation(_ value: some PostgresEncodable) {
            parts.append(.parameter(Parameter(value)))
        }

        /// `\(value)`: a parameter, or NULL.
        public mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value?) {
            parts.append(.parameter(Parameter(value)))
        }

        /// `\(parameter)`: a value that is encoded already.
        public mutating func appendInterpolation(_ parameter: Parameter) {
            parts.append(.parameter(parameter))
        }

        /// `\(fragment)`: a nested piece with its own parameters.
        public mutating func appendInterpolation(_ fragment: SQL) {
            parts += fragment.parts
        }

        /// `\(identifier: name)`: a quoted name.
        public mutating func appendInterpolation(identifier: Identifier) {
            parts.append(.text(identifier.quoted))
        }

        /// `\(identifier: "name")`: a quoted name of one part.
        public mutating func appendInterpolation(identifier: String) {
            parts.append(.text(Identifier(identifier).quoted))
        }

        /// `\(literal: text)`: a quoted constant, for statements that take no parameters (`SET`, `CREATE`).
        public mutating func appendInterpolation(literal text: String) {
            parts.append(.text(SQL.quotedLiteral(text)))
        }

        /// `\(unsafe: text)`: text as it is, see ``SQL/init(unsafe:)``.
        public mutating func appendInterpolation(unsafe text: String) {
            parts.append(.text(text))
        }
    }

    /// A constant in quotes that means the same whatever `standard_conforming_strings` says.
    static func quotedLiteral(_ text: String) -> String {
        let quoted = "'" + text.doublingOccurrences(of: "'") + "'"
        return text.utf8.contains(UInt8(ascii: "\\")) ? " E" + quoted.doublingOccurrences(of: "\\") : quoted
    }
}

extension SQL: CustomStringConvertible {
    /// The statement with `$n` in place of values, which are never shown.
    public var description: String { text }
}

extension Sequence<SQL> {
    /// The pieces in one, with `separator` between them.
    public func joined(separator: SQL) -> SQL {
        var joined = SQL(parts: [])
        for (position, piece) in enumerated() {
            if position > 0 { joined.append(separator) }
            joined.append(piece)
        }
        return joined
    }
}
