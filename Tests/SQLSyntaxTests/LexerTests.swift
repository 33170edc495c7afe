import SQLSyntax
import Testing

@Suite struct LexerTests {
    /// Kind and text of every significant token.
    private func tokens(_ text: String) throws -> [String] {
        var lexer = Lexer(Array(text.utf8))
        var result: [String] = []
        while let token = try lexer.nextSignificant() {
            result.append("\(token.kind) \(String(decoding: lexer.bytes[token.range], as: UTF8.self))")
        }
        return result
    }

    @Test(arguments: [
        ("SELECT a", ["word SELECT", "word a"]),
        ("'it''s'", ["string 'it''s'"]),
        (#"E'\'' x"#, [#"escapeString E'\''"#, "word x"]),
        (#"e'\\' x"#, [#"escapeString e'\\'"#, "word x"]),
        (#"'\' x"#, [#"string '\'"#, "word x"]),
        (#"date'x\' y"#, ["word date", #"string 'x\'"#, "word y"]),
        (#"U&'\' x"#, [#"unicodeString U&'\'"#, "word x"]),
        (#"u&"d\0061" x"#, [#"unicodeIdentifier u&"d\0061""#, "word x"]),
        ("N'x' n", ["string N'x'", "word n"]),
        ("B'01' x'1F'", ["bitString B'01'", "bitString x'1F'"]),
        (#""a""b" c"#, [#"quotedIdentifier "a""b""#, "word c"]),
        ("$$ ; ' -- $$ x", ["dollarString $$ ; ' -- $$", "word x"]),
        ("$a$ $b$ $$ $a$", ["dollarString $a$ $b$ $$ $a$"]),
        ("$é$ x $é$", ["dollarString $é$ x $é$"]),
        ("$1 + $23", ["parameter $1", "operator +", "parameter $23"]),
        ("a$1$b$1$c", ["word a$1$b$1$c"]),
        ("a $x b", ["word a", "other $", "word x", "word b"]),
        ("1.5e-3, .5, 0x1F", ["number 1.5e-3", "comma ,", "number .5", "comma ,", "number 0x1F"]),
        ("1..10", ["number 1", "other ..", "number 10"]),
        (
            "0x1e-5, 5., 1.e5",
            ["number 0x1e", "operator -", "number 5", "comma ,", "number 5.", "comma ,", "number 1.e5"]
        ),
        ("a=-1", ["word a", "operator =", "operator -", "number 1"]),
        ("a@-1 +- b", ["word a", "operator @-", "number 1", "operator +", "operator -", "word b"]),
        ("x::int := y", ["word x", "operator ::", "word int", "operator :=", "word y"]),
        ("a<--b\nc", ["word a", "operator <", "word c"]),
        ("a*/*b*/c", ["word a", "operator *", "word c"]),
        ("-- c:\\\nx", ["word x"]),
        ("-- it's\rx", ["word x"]),
        ("/* a /* b */ ' */ x", ["word x"]),
        ("größe", ["word größe"]),
        (
            "a[1].b;",
            ["word a", "openBracket [", "number 1", "closeBracket ]", "dot .", "word b", "semicolon ;"]
        ),
    ])
    func `text is cut as the server cuts it`(text: String, expected: [String]) throws {
        #expect(try tokens(text) == expected)
    }

    @Test(arguments: [
        ("'a'\n  'b'", 1), ("'a' -- why\n 'b'", 1), ("'a' 'b'", 2), ("'a' /* no */\n 'b'", 2),
        ("E'a'\n'\\'b'", 1), ("'a' -- why", 1),
    ])
    func `a string goes on behind a line end`(text: String, count: Int) throws {
        #expect(try tokens(text).count == count)
    }

    @Test func `the tokens cover the text without a gap`() throws {
        let text = "/* x */ SELECT E'\\'' || $q$;$q$ -- end\n;\r\n\t\"é\" 'a'\n'b' $ ? 1e5"
        var lexer = Lexer(Array(text.utf8))
        var end = 0
        while let token = try lexer.next() {
            #expect(token.range.lowerBound == end)
            #expect(!token.range.isEmpty)
            end = token.range.upperBound
        }
        #expect(end == text.utf8.count)
    }

    @Test(arguments: [
        ("SELECT\n  'abc", LexicalError.Reason.unterminatedString, 2, 3),
        ("E'abc\\'", .unterminatedString, 1, 1),
        ("é \"abc", .unterminatedIdentifier, 1, 3),
        ("\n\n$fn$ x $fm$", .unterminatedDollarString(tag: "$fn$"), 3, 1),
        ("/* /* */", .unterminatedComment, 1, 1),
        ("a\0b", .zeroByte, 1, 2),
        ("'a\0b'", .zeroByte, 1, 3),
    ])
    func `what is never closed is reported where it begins`(
        text: String,
        reason: LexicalError.Reason,
        line: Int,
        column: Int
    ) throws {
        let error = try #require(throws: LexicalError.self) { try tokens(text) }
        #expect(error.reason == reason)
        #expect([error.location.line, error.location.column] == [line, column])
    }
}
