@testable import Backfills
import Postgres
import Testing

/// Places of rows, which can be computed with, and what is asked of a walk by them.
@Suite struct PlaceTests {
    @Test(arguments: [("(0,1)", 0, 1), ("(4294967294,65535)", 4_294_967_294, 65_535)])
    func `a place is read and written as the server writes it`(text: String, page: Int, row: Int) throws {
        let place = try #require(HeapPlace(Key([text])))

        #expect((place.page, place.row) == (page, row))
        #expect(place.key == Key([text]))
        #expect(place.nextPage == (row == 65_535 ? page + 1 : page))
    }

    @Test(arguments: ["", "(1)", "1,2", "(a,1)", "(1,2,3)"]) func `anything else is no place`(text: String) {
        #expect(HeapPlace(Key([text])) == nil)
    }

    @Test func `NULL keys divide the rows in two`() {
        let key = KeyColumns(
            table: Identifier("thing"),
            columns: [.init(name: "a", type: "bigint"), .init(name: "b", type: "bigint")],
            uniqueness: .unique,
            nullable: ["a", "b"]
        )

        #expect(key.nullCondition().text == "(\"a\" IS NOT NULL AND \"b\" IS NOT NULL)")
        #expect(key.ordered(.nulls).nullCondition().text == "(\"a\" IS NULL OR \"b\" IS NULL)")
        #expect(key.ordered(.heap).nullCondition().text == "true")
        #expect(key.exposed == ["a", "b", "ctid"])
    }

    @Test(arguments: [
        (130_021, "met = 0", "the server's version is 13, and every chunk would read the whole table"),
        (150_000, nil, "Add \"where:\""),
    ]) func `a walk by places is refused with the reason`(version: Int, condition: String?, reason: String) {
        let backfill = Backfill(
            name: "places",
            table: Identifier("thing"),
            key: ["ctid"],
            condition: condition.map { SQLText($0) },
            verification: nil,
            work: .sql(SQLText("UPDATE thing SET met = 1 FROM chunk WHERE thing.ctid = chunk.ctid"))
        )
        let walk = PlaceWalk(backfill, table: backfill.table, order: .heap)

        let error = #expect(throws: BackfillError.self) { try walk.check(serverVersion: version) }

        let message = error.map { "\($0)" } ?? ""
        #expect(
            message.hasPrefix(
                "Backfill places: Its rows of thing can be visited only by the places where they lie: "
            )
        )
        #expect(message.contains(reason), "\(message)")
    }

    @Test(arguments: [
        (["7", "1"], ["7", "9"], #""a" = $1::bigint AND "b" > $2::text AND "b" <= $3::text"#),
        (
            ["7", "1"], ["8", "9"],
            #"("a", "b") > ($1::bigint, $2::text) AND ("a", "b") <= ($3::bigint, $4::text)"#
        ),
        (["7", "1"], ["7", "1"], #""a" = $1::bigint AND "b" > $2::text AND "b" <= $3::text"#),
    ]) func `columns that are the same at both ends are compared by themselves`(
        lower: [String],
        upper: [String],
        condition: String
    ) {
        let key = KeyColumns(
            table: Identifier("thing"),
            columns: [.init(name: "a", type: "bigint"), .init(name: "b", type: "text")],
            uniqueness: .unique
        )

        let found = key.interval(KeyInterval(after: Key(lower), through: Key(upper))).text
        #expect(found.replacing(#/OPERATOR\(pg_catalog\.([<>=]+)\)/#, with: \.1) == condition)
    }

    @Test func `two spellings of one letter are two keys`() {
        #expect(Key(["\u{E9}"]) != Key(["e\u{301}"]))
        #expect(Key(["a", "b"]) != Key(["a"]))
        #expect(Set([Key(["\u{E9}"]), Key(["e\u{301}"]), Key(["\u{E9}"])]).count == 2)
    }
}
