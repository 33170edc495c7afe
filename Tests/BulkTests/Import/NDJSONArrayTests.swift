import Postgres
import TestSupport
import Testing

@testable import Bulk

@Suite(.freshDatabase)
struct NDJSONArrayTests {
    @Test(arguments: [
        ("int[]", "[1,2]", "{1,2}"), ("int[]", " [ ]", "{}"), ("int[]", "[ 1 , null ]", "{1,NULL}"),
        ("int[]", "[[1,2],\t[3,4]]", "{{1,2},{3,4}}"), ("int[]", "\"{7,8}\"", "{7,8}"),
        ("int[]", "null", "∅"),
        (
            "text[]", #"["a","b, c",null,"","null","{}","\"q\\","]","x\u00e9\n"]"#,
            "{a,\"b, c\",NULL,\"\",\"null\",\"{}\",\"\\\"q\\\\\",],\"xé\n\"}"
        ),
        ("text[]", #"[{"a": ["]"]}, 1.50, true]"#, #"{"{\"a\": [\"]\"]}",1.50,true}"#),
        ("bool[]", "[true,false]", "{t,f}"),
        ("box[]", #"["(1,1),(0,0)","(2,2),(0,0)"]"#, "{(1,1),(0,0);(2,2),(0,0)}"),
        (
            "jsonb[]", #"[{"a":1}, [1,{"b":"]"}], "s", null]"#,
            #"{"{\"a\": 1}","[1, {\"b\": \"]\"}]","\"s\"",NULL}"#
        ),
        ("numbers", "[3]", "{3}"), ("jsonb", "[1,[2]]", "[1, [2]]"), ("json", "[1,  2]", "[1,  2]"),
        ("text", "[1,  2]", "[1,  2]"), ("int4range", "\"[1,3)\"", "[1,3)"),
    ])
    func `an array goes into a column of an array type as one`(
        _ type: String,
        _ value: String,
        _ stored: String
    ) throws {
        let connection = try connection(
            running: "CREATE DOMAIN numbers AS int[]; CREATE TABLE kept (id int, v \(type))"
        )
        try connection.load("{\"id\":1,\"v\":\(value)}\n{\"id\":2}", into: "kept") { $0.format = .ndjson }
        #expect(try connection.lines("SELECT v FROM kept ORDER BY id") == [stored, "∅"])
    }

    @Test func `an array whose parts differ in length is refused with its line`() throws {
        let connection = try connection(running: "CREATE TABLE kept (v int[])")
        let error = try #require(throws: ImportError.self) {
            try connection.load("{\"v\":[1]}\n{\"v\":[[1],[2,3]]}", into: "kept") { $0.format = .ndjson }
        }
        guard case .refused(_, _, let place) = error else { throw error }
        #expect(place?.line == 2 && place?.column == "v")
    }
}
