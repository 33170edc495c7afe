import Bulk
import Foundation
import Postgres
import TestSupport
import Testing

/// Random values of every type go into a table by every method, and PostgreSQL writes them as text.
@Suite(.freshDatabase)
struct RandomRowTests {
    enum Mood: String, PostgresEnum, CaseIterable { case sad, happy }

    static let columns: [(name: String, type: String)] = [
        ("id", "bigint"), ("n2", "smallint"), ("n4", "integer"), ("exact", "numeric"), ("flag", "boolean"),
        ("words", "text"), ("code", "varchar(80)"), ("folded", "citext"), ("short", "name"), ("raw", "bytea"),
        ("day", "date"), ("clock", "time"), ("stamp", "timestamp"), ("span", "interval"), ("key", "uuid"),
        ("doc", "jsonb"), ("host", "inet"), ("net", "cidr"), ("feeling", "mood"), ("small", "small"),
        ("numbers", "integer[]"), ("names", "text[]"), ("moods", "mood[]"), ("spans", "interval[]"),
        ("hosts", "inet[]"), ("pair", "pair"), ("during", "int8range"),
    ]

    static var script: String {
        """
        CREATE EXTENSION citext;
        CREATE TYPE mood AS ENUM ('sad', 'happy');
        CREATE DOMAIN small AS integer CHECK (VALUE < 1000);
        CREATE TYPE pair AS (a int, b text);
        CREATE TABLE kept (\(columns.map { "\($0.name) \($0.type)" }.joined(separator: ", ")), PRIMARY KEY (id))
        """
    }

    /// One row; every value may be NULL. The texts are those of PostgreSQL.
    private struct Sample: Sendable {
        let id: Int64
        let n2: Int16? = maybe(.random(in: .min ... .max))
        let n4: Int32? = maybe(.random(in: .min ... .max))
        let exact: PostgresNumeric? = maybe(
            PostgresNumeric("\(Int.random(in: -999...999)).\(Int.random(in: 10_000...99_999))0")
        )
        let flag: Bool? = maybe(Bool.random())
        let words: String? = maybe(text())
        let raw: [UInt8]? = maybe((0..<Int.random(in: 0...9)).map { _ in .random(in: .min ... .max) })
        let day: PostgresDate? = maybe(PostgresDate(daysSince2000: .random(in: -800_000...800_000)))
        let clock: PostgresTime? = maybe(PostgresTime(microseconds: .random(in: 0...86_400_000_000)))
        let stamp: PostgresTimestamp? = maybe(
            PostgresTimestamp(microseconds: .random(in: -200_000_000_000_000_000...200_000_000_000_000_000))
        )
        let span: PostgresInterval? = maybe(interval())
        let key: UUID? = maybe(UUID())
        let doc: PostgresJSON? = maybe(PostgresJSON(text: "{\"a\": [\(Int.random(in: 0...9)), null]}"))
        let host: PostgresInet? = maybe(inet())
        let net: PostgresCIDR? = maybe(PostgresCIDR("10.\(Int.random(in: 0...255)).0.0/16"))
        let feeling: Mood? = maybe(Mood.allCases.randomElement())
        let small: Int32? = maybe(.random(in: -999...999))
        let numbers: [Int32?]? = maybe([.random(in: .min ... .max), nil])
        let names: [String?]? = maybe(["n\(Int.random(in: 0...9))", nil, ""])
        let moods: [Mood?]? = maybe([.happy, nil])
        let spans: [PostgresInterval]? = maybe([interval()])
        let hosts: [PostgresInet?]? = maybe([inet(), nil])
        let pair: String? = maybe("(\(Int.random(in: 0...99)),b)")
        let during: String? = maybe("[\(Int.random(in: 0...9)),\(Int.random(in: 10...99)))")

        func append(to batch: inout Batch) throws {
            try batch.append(
                id,
                n2,
                n4,
                exact,
                flag,
                words,
                words,
                words,
                words,
                raw,
                day,
                clock,
                stamp,
                span,
                key,
                doc,
                host,
                net,
                feeling,
                small,
                numbers,
                names,
                moods,
                spans,
                hosts,
                pair,
                during
            )
        }

        var texts: [String?] {
            let bytes = raw.map { "\\x" + $0.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
            let scalars: [String?] = [
                "\(id)", n2?.description, n4?.description, exact?.description, flag.map { $0 ? "t" : "f" },
                words,
                words,
                words, words, bytes, day?.description, clock?.description, stamp?.description,
                span?.description,
                key?.uuidString.lowercased(), doc?.text, host?.description, net?.description,
                feeling?.rawValue,
                small?.description,
            ]
            return scalars + [
                numbers.map { "{\($0[0]?.description ?? ""),NULL}" },
                names.map { "{\($0[0] ?? ""),NULL,\"\"}" },
                moods.map { _ in "{happy,NULL}" }, spans.map { "{\"\($0[0])\"}" },
                hosts.map { "{\($0[0]?.description ?? ""),NULL}" }, pair, during,
            ]
        }
    }

    @Test(arguments: [WriteMethod.values, .staged])
    func `every type, NULL too, comes out as it went in`(_ method: WriteMethod) throws {
        let connection = try connection(running: Self.script)
        let samples = (0..<200).map { Sample(id: $0) }
        let sink = Sink.upsert(into: "kept", columns: Self.columns.map(\.name), conflict: ["id"])
        let result = try connection.write(samples, to: sink, options: WriteOptions(method: .only(method))) {
            try $0.append(to: &$1)
        }
        #expect(result.outcome.inserted == samples.count)
        try expect(samples, on: connection)
        let again = try connection.write(samples, to: sink) { try $0.append(to: &$1) }
        #expect(again.outcome.unchanged == samples.count && again.method == .staged)
    }

    @Test func `a batch with arrays is written and shown by a writer too`() throws {
        let connection = try connection(running: Self.script)
        let sink = Sink.insert(into: "kept", columns: ["id", "numbers", "names"])
        var batch = Batch()
        try batch.append(Int64(1), [1, nil] as [Int32?], ["a"])
        let writer = try SinkWriter(sink, on: connection)
        let shown = try connection.rolledBackTransaction { try writer.writeShowingRows(batch, on: $0) }
        #expect(shown.first?.after?.contains("\"numbers\": [1, null]") == true)
        #expect(try writer.write(batch, on: connection).inserted == 1)
        #expect(try connection.lines("SELECT numbers, names FROM kept") == ["{1,NULL}|{a}"])
    }

    @Test func `arrays of values that do not fit are refused, and unnest says why it cannot`() throws {
        let connection = try connection(running: Self.script)
        let sink = Sink.insert(into: "kept", columns: ["id", "numbers", "flag"])
        let refused = try #require(throws: TargetError.self) {
            try connection.write([(Int64(1), [Int64(1)] as [Int64], [true])], to: sink)
        }
        #expect(refused.description.contains("the column flag is boolean and the values are boolean[]"))
        let unnest = try #require(throws: WriteError.self) {
            try connection.write(
                [(Int64(1), [Int32(1)], true)],
                to: sink,
                options: WriteOptions(method: .only(.unnest))
            )
        }
        #expect(unnest.description.contains("arrays of arrays"))
    }

    private func expect(_ samples: [Sample], on connection: Connection) throws {
        let casts = Self.columns.map { "\(identifier: $0.name)" as SQL }.joined(separator: ", ")
        let rows = try connection.rows("SELECT \(casts) FROM kept ORDER BY id")
        #expect(rows.count == samples.count)
        for (row, sample) in zip(rows, samples) {
            for (position, text) in sample.texts.enumerated() {
                #expect(try row.value(String?.self, at: position) == text, "\(Self.columns[position])")
            }
        }
    }
}

private func maybe<Value>(_ value: Value?) -> Value? {
    Int.random(in: 0..<5) == 0 ? nil : value
}

private func text() -> String {
    (0..<Int.random(in: 0...9)).map { _ in
        ["a", "Z", " ", "\"", "\\", "{", ",", "é", "日", "🏗️", "\n"].randomElement() ?? ""
    }.joined()
}

private func interval() -> PostgresInterval {
    PostgresInterval(
        months: .random(in: -1000...1000),
        days: .random(in: -1000...1000),
        microseconds: .random(in: -1_000_000_000_000...1_000_000_000_000)
    )
}

private func inet() -> PostgresInet? {
    PostgresInet(
        address: (0..<16).map { _ in Bool.random() ? 0 : .random(in: .min ... .max) },
        prefix: .random(in: 0...128)
    )
}
