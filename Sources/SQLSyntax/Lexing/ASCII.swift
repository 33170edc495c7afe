/// The bytes that mean something to the lexer.
enum ASCII {
    static let tab: UInt8 = 0x09
    static let newline: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let space: UInt8 = 0x20
    static let doubleQuote: UInt8 = 0x22
    static let dollar: UInt8 = 0x24
    static let ampersand: UInt8 = 0x26
    static let quote: UInt8 = 0x27
    static let star: UInt8 = 0x2A
    static let plus: UInt8 = 0x2B
    static let minus: UInt8 = 0x2D
    static let dot: UInt8 = 0x2E
    static let slash: UInt8 = 0x2F
    static let colon: UInt8 = 0x3A
    static let semicolon: UInt8 = 0x3B
    static let equals: UInt8 = 0x3D
    static let backslash: UInt8 = 0x5C
    static let underscore: UInt8 = 0x5F
}

extension UInt8 {
    /// Space, tab, line feed, vertical tab, form feed, carriage return.
    var isSQLSpace: Bool { self == 0x20 || (self >= 0x09 && self <= 0x0D) }

    var isDigit: Bool { self >= 0x30 && self <= 0x39 }

    var isDigitOrUnderscore: Bool { isDigit || self == ASCII.underscore }

    var isSign: Bool { self == ASCII.plus || self == ASCII.minus }

    var isLetter: Bool {
        let lower = self | 0x20
        return lower >= 0x61 && lower <= 0x7A
    }

    /// A letter, an underscore, or any byte of a character outside ASCII, as PostgreSQL's scanner has it.
    var isIdentifierStart: Bool { isLetter || self == ASCII.underscore || self >= 0x80 }

    /// What may follow in an identifier. The dollar belongs to it: `a$1$b` is one name.
    var isIdentifierPart: Bool { isIdentifierStart || isDigit || self == ASCII.dollar }

    /// What may follow in the tag of a dollar quote. Here the dollar ends it.
    var isDollarTagPart: Bool { isIdentifierStart || isDigit }

    /// One of `~ ! @ # ^ & | ? ` + - * / % < > =` and the back tick.
    var isOperator: Bool {
        switch self {
        case 0x21, 0x23, 0x25, 0x26, 0x2A, 0x2B, 0x2D, 0x2F, 0x3C, 0x3D, 0x3E, 0x3F, 0x40, 0x5E, 0x60, 0x7C,
            0x7E:
            true
        default: false
        }
    }

    /// One of `~ ! @ # % ^ & | ?` and the back tick, which the SQL standard has no operators with.
    var letsOperatorEndInSign: Bool {
        switch self {
        case 0x21, 0x23, 0x25, 0x26, 0x3F, 0x40, 0x5E, 0x60, 0x7C, 0x7E: true
        default: false
        }
    }

    /// Lower case for `A` to `Z`, anything else unchanged: how PostgreSQL folds names in a UTF-8 database.
    var lowercasedASCII: UInt8 { self >= 0x41 && self <= 0x5A ? self | 0x20 : self }
}
