import Testing

import Postgres

struct NearestNamesTests {
    @Test(arguments: [
        ("nmae", ["name"]), ("ctiy", ["city"]), ("citys", ["city"]), ("populaton", ["population"]),
        ("NAME", ["name"]),
        ("xyz", []), ("", []), ("geonameid", ["geoname_id"]),
    ])
    func `a few typing errors away`(_ name: String, _ found: [String]) {
        #expect(
            NearestNames.of(name, in: ["city", "name", "note", "population", "geoname_id", "id"]) == found
        )
    }

    @Test func `the nearest first, three at most`() {
        #expect(
            NearestNames.of("column1", in: ["column22", "column4", "column", "column1", "columns"]) == [
                "column1", "column", "column4",
            ]
        )
    }
}
