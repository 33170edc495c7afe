import Testing

@testable import Bulk
@testable import CaissonCLI

@Suite struct RowDifferenceTests {
    private func difference(_ before: String?, _ after: String?) -> RowDifference {
        RowDifference(RowChange(before: before, after: after), key: ["id"])
    }

    @Test func `an update shows the columns that differ`() {
        let found = difference(#"{"id": 1, "a": null, "b": 2.50}"#, #"{"id": 1, "a": "x", "b": 2.50}"#)
        #expect(found.action == .update)
        #expect(found.key == [JSON.Member(name: "id", value: .number("1"))])
        #expect(found.columns == [.init(name: "a", old: .null, new: .string("x"))])
    }

    @Test func `an update of the key shows the key`() {
        let found = difference(#"{"id": 1}"#, #"{"id": 2}"#)
        #expect(found.columns == [.init(name: "id", old: .number("1"), new: .number("2"))])
    }

    @Test func `a new row shows what it holds beside the key`() {
        let found = difference(nil, #"{"id": 1, "a": "x", "b": null}"#)
        #expect(found.action == .insert)
        #expect(found.columns == [.init(name: "a", old: nil, new: .string("x"))])
    }

    @Test func `a row that goes shows what it held`() {
        let found = difference(#"{"id": 1, "a": "x"}"#, nil)
        #expect(found.action == .delete)
        #expect(found.columns == [.init(name: "a", old: .string("x"), new: nil)])
    }
}
