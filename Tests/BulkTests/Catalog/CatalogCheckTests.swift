import Bulk
import Foundation
import Postgres
import TestSupport
import Testing

/// What does not fit the catalog is found before the first row is sent, and all of it at once.
@Suite(.freshDatabase)
struct CatalogCheckTests {
    static let script = """
        CREATE DOMAIN positive AS int NOT NULL CHECK (VALUE > 0);
        CREATE TYPE mood AS ENUM ('good', 'bad');
        CREATE TABLE item (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            small smallint, plain int, big bigint, exact numeric(8, 2), single real, double double precision,
            flag bool, words text, code varchar(5), bytes bytea, key uuid, moment timestamptz, day date, json jsonb,
            feeling mood, amount positive DEFAULT 1, twice int GENERATED ALWAYS AS (plain * 2) STORED, needed text NOT NULL
        )
        """

    /// The columns that take a value of each Swift type as it is; all others are refused with both names.
    static let fitting: [(String, Set<String>)] = [
        ("Int16", ["small", "plain", "big", "exact", "single", "double", "amount"]),
        ("Int32", ["small", "plain", "big", "exact", "double", "amount"]),
        ("Int64", ["small", "plain", "big", "exact", "amount"]),
        ("Float", ["single", "double"]), ("Double", ["double"]), ("Bool", ["flag"]), ("UUID", ["key"]),
        ("Date", ["moment"]), ("[UInt8]", ["bytes"]),
    ]

    static let columns = [
        "small", "plain", "big", "exact", "single", "double", "flag", "words", "code", "bytes", "key",
        "moment", "day",
        "json", "feeling", "amount",
    ]

    static func batch(_ type: String) throws -> Batch {
        switch type {
        case "Int16": try Batch(column: [Int16(1)])
        case "Int32": try Batch(column: [Int32(1)])
        case "Int64": try Batch(column: [Int64(1)])
        case "Float": try Batch(column: [Float(1)])
        case "Double": try Batch(column: [1.5])
        case "Bool": try Batch(column: [true])
        case "UUID": try Batch(column: [UUID()])
        case "Date": try Batch(column: [Date()])
        default: try Batch(column: [[UInt8(1)]])
        }
    }

    @Test(arguments: fitting)
    func `a value goes into columns of its type and into those that hold it without a loss`(
        _ type: String,
        _ fitting: Set<String>
    ) throws {
        let connection = try connection(
            running: Self.script + "; ALTER TABLE item ALTER needed SET DEFAULT ''"
        )
        var taken: Set<String> = []
        for column in Self.columns {
            do {
                let writer = try SinkWriter(.insert(into: "item", columns: [column]), on: connection)
                if try writer.write(Self.batch(type), on: connection).inserted == 1 { taken.insert(column) }
            } catch let error as TargetError {
                #expect(error.description.contains("the column \(column) is "))
                #expect(error.description.contains(" and the values are "))
            }
        }
        #expect(taken == fitting)
    }

    @Test func `text is read by the type of any column`() throws {
        let connection = try connection(running: Self.script)
        let sink = Sink.insert(
            into: "item",
            columns: ["needed", "exact", "day", "json", "feeling", "amount", "code"]
        )
        let rows = [("x", "1.50" as String?, "2024-02-29" as String?, "{}" as String?, "bad", "7", "abc")]
        #expect(try connection.write(rows, to: sink).outcome.inserted == 1)
        #expect(
            try connection.lines("SELECT exact, day, json, feeling, amount FROM item")
                == ["1.50|2024-02-29|{}|bad|7"]
        )
    }

    @Test func `everything that is wrong is in one error`() throws {
        let connection = try connection(running: Self.script)
        let sink = Sink.upsert(
            into: "item",
            columns: ["id", "plain", "twice", "plan", "flag"],
            conflict: ["plain"],
            onConflict: .set(["words", .column("twice", to: "1")])
        )
        let rows = [(Int64(1), 1.5, Int32(1), Int32(1), "true")]
        let error = try #require(throws: TargetError.self) { try connection.write(rows, to: sink) }
        #expect(
            error.description == """
                The table public.item cannot take these rows:
                  - there is no column plan. Did you mean plain?
                  - the column id is GENERATED ALWAYS AS IDENTITY; leave it out.
                  - the column twice is computed by the server (GENERATED); leave it out.
                  - the column needed (text) is NOT NULL, has no default and gets no value; add it.
                  - the column words gets no value; add it to the columns.
                  - no primary key, unique constraint or plain unique index is over (plain); there are: item_pkey (id).
                  - the column plain is integer and the values are double precision, which does not fit; send its own type, or text.
                """
        )
    }

    @Test func `the length of a column is kept by every method`() throws {
        let connection = try connection(running: Self.script)
        for method in WriteMethod.allCases {
            let error = try #require(throws: PostgresError.self) {
                try connection.write(
                    [("x", "too long")],
                    to: .insert(into: "item", columns: ["needed", "code"]),
                    options: WriteOptions(method: .only(method))
                )
            }
            #expect(error.sqlState?.rawValue == "22001")
        }
    }
}
