import Bulk
import Foundation
import Postgres
import TestSupport
import Testing

struct ColumnBlockTests {
    @Test(arguments: 0..<12 as Range<UInt64>)
    func `fields of a column are the bytes of its values, one by one`(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        random.checkFields { $0.next() % 2 == 0 }
        random.checkFields { Int16(truncatingIfNeeded: $0.next()) }
        random.checkFields { Int32(truncatingIfNeeded: $0.next()) }
        random.checkFields { Int64(truncatingIfNeeded: $0.next()) }
        random.checkFields { Int(truncatingIfNeeded: $0.next()) }
        random.checkFields { Float(bitPattern: UInt32(truncatingIfNeeded: $0.next())) }
        random.checkFields { Double(bitPattern: $0.next()) }
        random.checkFields { $0.text() }
        random.checkFields { [UInt8]($0.text().utf8) }
        random.checkFields { $0.uuid() }
        random.checkFields { Date(timeIntervalSince1970: Double(Int32(truncatingIfNeeded: $0.next()))) }
        random.checkFields { PostgresDate(daysSince2000: Int32(truncatingIfNeeded: $0.next())) }
        random.checkFields { PostgresTimestamp(microseconds: Int64(truncatingIfNeeded: $0.next())) }
        random.checkFields { PostgresTime(hour: Int($0.next() % 24), minute: 7) }
        random.checkFields { PostgresInterval(months: Int32($0.next() % 99), microseconds: -1) }
        random.checkFields { PostgresNumeric("\(Int16(truncatingIfNeeded: $0.next())).5") }
        random.checkFields { PostgresInet("10.0.0.\($0.next() % 256)/24") }
        random.checkFields { PostgresCIDR("10.\($0.next() % 256).0.0/16") }
        random.checkFields { PostgresJSON(text: "[\($0.next())]") }
        random.checkFields { $0.next() % 2 == 0 ? Mood.sad : .happy }
        random.checkFields { random in (0..<random.next() % 4).map { _ in random.text() as String? } }
        random.checkFields { Labelled(text: $0.text()) }
        random.checkFields { $0.text() as String?? }
    }

    @Test(arguments: 0..<16 as Range<UInt64>)
    func `rows laid together from columns are the bytes of the rows`(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let count = Int(random.next() % 3000)
        let ids = (0..<count).map { Int64($0) }
        let texts = ids.map { _ in random.text() }
        let long = ids.map { _ in random.next() % 50 == 0 ? String(repeating: "x", count: 30_000) : nil }
        var block = ColumnBlock(columnCount: 3)
        var (written, found) = (0, [UInt8]())
        while written < count {
            block.begin(rows: written..<count)
            block.append(ids)
            block.append(texts.lazy.map { $0 })
            block.append(long[...])
            #expect((1...ColumnBlock.largestCount).contains(block.rowCount))
            var buffer = WireBuffer()
            block.write(to: &buffer)
            // One column may go beyond its third with its last value.
            #expect(buffer.count <= CopyWriter.flushSize + 30_000 + 2 * ColumnBlock.largestCount)
            found += buffer.bytes
            written += block.rowCount
        }
        var rows: [UInt8] = []
        for row in ids.indices { rows += [0, 3] + field(ids[row]) + field(texts[row]) + field(long[row]) }
        // Compared apart, because what differs would be printed byte by byte.
        let isEqual = found == rows
        #expect(isEqual)
    }
}

/// A field as the format has it, from what encodes a value alone.
private func field(_ value: some PostgresEncodable) -> [UInt8] {
    var buffer = WireBuffer()
    guard !value.isNull else {
        buffer.append(Int32(-1))
        return buffer.bytes
    }
    value.encode(into: &buffer)
    let bytes = buffer.bytes
    buffer.truncate(to: 0)
    buffer.append(Int32(bytes.count))
    return buffer.bytes + bytes
}

private enum Mood: String, PostgresEnum { case sad, happy }

/// A type as a program has it, with nothing but what it must have.
private struct Labelled: PostgresEncodable {
    let text: String
    static var postgresType: PostgresType { .text }
    func encode(into buffer: inout WireBuffer) { buffer.append(text) }
}

extension SeededGenerator {
    /// Short and long ones, also such that a String keeps within itself, and characters of several bytes.
    fileprivate mutating func text() -> String {
        String((0..<next() % 40).map { _ in "aß日🎈\u{0}\\\t".randomElement(using: &self) ?? "b" })
    }

    fileprivate mutating func uuid() -> UUID {
        var bytes = zeros
        withUnsafeMutableBytes(of: &bytes) { room in
            for position in room.indices { room[position] = UInt8(truncatingIfNeeded: next()) }
        }
        return UUID(uuid: bytes)
    }

    /// Compares a column with its values one by one, as they are and with NULLs among them, up to a random limit.
    fileprivate mutating func checkFields<Value: PostgresEncodable>(_ make: (inout SeededGenerator) -> Value)
    {
        let values = (0..<200).map { _ in make(&self) }
        check(values)
        check(values.map { next() % 3 == 0 ? nil : $0 })
    }

    private mutating func check<Value: PostgresEncodable>(_ values: [Value]) {
        let limit = Int(next() % 4000)
        let start = WireBuffer(startingWith: next() % 2 == 0 ? "" : "before")
        var buffer = start
        let count = values.withUnsafeBufferPointer {
            Value.encodeFields($0, into: &buffer, limit: limit)
        }
        #expect(buffer.bytes == start.bytes + values.prefix(count).flatMap { field($0) }, "\(Value.self)")
        #expect((1...values.count).contains(count))
        let withoutLast = start.count + values.prefix(count - 1).reduce(0) { $0 + field($1).count }
        #expect(count == 1 || withoutLast < limit, "\(Value.self) went beyond the limit")
        for value in values.prefix(20) {
            var one = start
            value.encodeField(into: &one)
            #expect(one.bytes == start.bytes + field(value), "\(Value.self)")
        }
    }
}

extension WireBuffer {
    fileprivate init(startingWith text: String) {
        self.init()
        append(text)
    }
}

private let zeros: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
