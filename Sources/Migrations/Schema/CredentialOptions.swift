import Postgres
import SQLSyntax

/// Takes the options out of a dump that hold passwords, keys and tokens of foreign servers: a dump is a file that is shared and
/// kept, and whoever may read it could use them.
struct CredentialOptions {
    /// The statement without them, and in front of it a comment that says which they were.
    let text: String

    /// How such a comment begins; the names of the options and the statement's head follow.
    static let mark = "-- caisson:left-out "

    /// What a user mapping may say without giving anything away.
    private static let harmlessOfUsers: Set<String> = [
        "user", "username", "passwordrequired", "usescrampassthrough", "sslcert", "sslkey",
    ]
    private static let secretParts = [
        "password", "passwd", "pwd", "passphrase", "secret", "token", "credential", "apikey", "accesskey",
        "privatekey", "secretkey",
    ]
    private static let heads = [
        "CREATE USER MAPPING ", "CREATE SERVER ", "CREATE FOREIGN TABLE ", "CREATE FOREIGN DATA WRAPPER ",
    ]

    /// Looks at one statement of a dump, with its semicolon.
    init(_ statement: String) {
        guard let head = Self.heads.first(where: statement.hasPrefix) else {
            text = statement
            return
        }
        let bytes = Array(statement.utf8)
        let lists = Self.optionLists(bytes)
        var (kept, names, position): ([UInt8], [String], Int) = ([], [], 0)
        for list in lists {
            let secret = list.options.filter { Self.isSecret($0, ofUser: head == Self.heads[0]) }
            guard !secret.isEmpty else { continue }
            names += secret.map(\.name)
            let others = list.options.filter { !secret.contains($0) }.map(\.text)
            kept += bytes[position..<list.range.lowerBound]
            if others.isEmpty {
                while kept.last == UInt8(ascii: " ") || kept.last == UInt8(ascii: "\n") { kept.removeLast() }
            } else {
                kept += Array("OPTIONS (\n    \(others.joined(separator: ",\n    "))\n)".utf8)
            }
            position = list.range.upperBound
        }
        let rest = String(decoding: kept + bytes[position...], as: UTF8.self)
        let subject = (names + [Self.subject(bytes, lists)]).map(\.visibleLine)
        text =
            names.isEmpty
            ? statement
            : Self.mark + subject.dropLast().joined(separator: ", ") + ": \(subject.last ?? "")\n" + rest
    }

    private struct Option: Equatable {
        let name: String
        let text: String
    }

    /// `OPTIONS (…)`
    private struct OptionList {
        let range: Range<Int>
        let options: [Option]
    }

    private static func isSecret(_ option: Option, ofUser: Bool) -> Bool {
        let name = option.name.lowercased().filter { $0.isLetter || $0.isNumber }
        if ofUser { return !harmlessOfUsers.contains(name) }
        return secretParts.contains { name.contains($0) } || SecretMask.mask(option.text) != option.text
    }

    /// Up to the first option or column.
    private static func subject(_ bytes: [UInt8], _ lists: [OptionList]) -> String {
        let end = lists.first?.range.lowerBound ?? bytes.count
        let head = String(decoding: bytes[..<end], as: UTF8.self)
        return String(head.prefix { $0 != "(" && $0 != "\n" }).trimmingSpaces
    }

    /// Every list whose members are a name and a string each; what looks otherwise is none.
    private static func optionLists(_ bytes: [UInt8]) -> [OptionList] {
        let tokens = significantTokens(bytes)
        var lists: [OptionList] = []
        for index in tokens.indices.dropLast()
        where word(tokens[index], bytes) == "options" && tokens[index + 1].kind == .openParenthesis {
            guard let close = tokens[(index + 2)...].firstIndex(where: { $0.kind == .closeParenthesis }),
                let options = options(tokens[(index + 2)..<close], bytes)
            else { continue }
            let range = tokens[index].range.lowerBound..<tokens[close].range.upperBound
            lists.append(OptionList(range: range, options: options))
        }
        return lists
    }

    private static func options(_ tokens: ArraySlice<Token>, _ bytes: [UInt8]) -> [Option]? {
        var options: [Option] = []
        for piece in tokens.split(omittingEmptySubsequences: false, whereSeparator: { $0.kind == .comma }) {
            guard piece.count == 2, let name = piece.first, let value = piece.last, name.isName,
                value.kind == .string || value.kind == .escapeString
            else { return nil }
            let text = String(decoding: bytes[name.range.lowerBound..<value.range.upperBound], as: UTF8.self)
            options.append(Option(name: word(name, bytes), text: text))
        }
        return options
    }

    private static func significantTokens(_ bytes: [UInt8]) -> [Token] {
        var (lexer, tokens): (Lexer, [Token]) = (Lexer(bytes), [])
        // It was cut into statements before, so nothing in it is left open.
        while let token = try? lexer.nextSignificant() { tokens.append(token) }
        return tokens
    }

    private static func word(_ token: Token, _ bytes: [UInt8]) -> String {
        String(decoding: bytes[token.range], as: UTF8.self).lowercased().filter { $0 != "\"" }
    }
}

extension String {
    fileprivate var trimmingSpaces: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
