import Postgres
import Testing

@testable import Bulk

struct ArrayColumnTests {
    @Test func `a column is the array that the server reads, byte by byte`() throws {
        var batch = Batch()
        try batch.append(Int32(258) as Int32?, "é")
        try batch.append(nil as Int32?, "")
        try batch.append(Int32(-1) as Int32?, "ab")
        let numbers = batch.parameter(0)
        #expect(numbers.type == PostgresType(rawValue: 1007) && numbers.format == .binary)
        #expect(
            numbers.bytes == [
                0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 23, 0, 0, 0, 3, 0, 0, 0, 1,
                0, 0, 0, 4, 0, 0, 1, 2, 255, 255, 255, 255, 0, 0, 0, 4, 255, 255, 255, 255,
            ]
        )
        let texts = batch.parameter(1)
        #expect(texts.type == PostgresType(rawValue: 1009))
        #expect(
            texts.bytes == [
                0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 25, 0, 0, 0, 3, 0, 0, 0, 1,
                0, 0, 0, 2, 0xC3, 0xA9, 0, 0, 0, 0, 0, 0, 0, 2, 0x61, 0x62,
            ]
        )
    }

    @Test func `an empty column has no dimension`() throws {
        var batch = Batch()
        try batch.append(true)
        batch.removeAll()
        #expect(batch.parameter(0).bytes == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16])
    }

    @Test func `the size of a batch is that of its elements`() throws {
        var batch = Batch()
        try batch.append(Int64(1), "abc")
        #expect(batch.byteCount == 12 + 7)
    }
}
