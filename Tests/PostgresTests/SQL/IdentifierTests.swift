import Postgres
import Testing

@Suite struct IdentifierTests {
    @Test(arguments: [
        ("city", ["city"]), ("City", ["city"]), ("\"City\"", ["City"]), ("public.city", ["public", "city"]),
        ("\"a.b\".C", ["a.b", "c"]), ("\"say \"\"hi\"\"\"", ["say \"hi\""]), ("ÄRGER", ["Ärger"]),
        ("_x$1", ["_x$1"]), ("straße", ["straße"]), ("\"a\u{301}\"", ["a\u{301}"]),
        ("a\u{301}B", ["a\u{301}b"]),
    ])
    func `names are read as SQL reads them`(_ text: String, _ parts: [String]) throws {
        #expect(try Identifier(parsing: text).parts == parts)
    }

    @Test(arguments: [
        ("", "a part of it is empty"), ("a.", "a part of it is empty"), (".a", "unexpected \".\""),
        ("a b", "unexpected \" \""), ("a;DROP", "unexpected \";\""), ("\"a", "a quote is not closed"),
        ("\"\"", "a part of it is empty"), ("1a", "it begins with \"1\""), ("$a", "it begins with \"$\""),
        ("\"a\"b", "unexpected \"b\""), ("a-b", "unexpected \"-\""), ("\"a\0b\"", "it holds a NUL character"),
    ])
    func `what is no name is refused with the reason`(_ text: String, _ reason: String) {
        let error = #expect(throws: IdentifierError.self) { try Identifier(parsing: text) }
        #expect(error?.reason == reason)
        #expect(error?.description.hasPrefix("\"\(text)\" is not a name: \(reason).") == true)
    }

    @Test(arguments: [
        (["city"], "city"), (["City"], "\"City\""), (["public", "a b"], "public.\"a b\""), (["1a"], "\"1a\""),
        (["a\"b"], "\"a\"\"b\""),
    ])
    func `the description is quoted only where it has to be`(_ parts: [String], _ text: String) {
        #expect(Identifier(parts: parts).description == text)
    }

    @Test func `the schema is the part before the name`() {
        #expect(Identifier("public", "city").schema == "public")
        #expect(Identifier("public", "city").name == "city")
        #expect(Identifier("city").schema == nil)
        #expect(Identifier("public", "city").inSchema("other") == Identifier("other", "city"))
    }
}
