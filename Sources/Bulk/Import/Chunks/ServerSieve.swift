import Postgres

/// Has the server itself try the rows of a chunk, to find those that it refuses.
///
/// Sent one by one, 2,000 rows a second were found with the server on the same machine, and 1,200 of those that the server tells without
/// a line, at the end of a statement: each had to be looked for by halves, over a dozen statements that were sent and answered.
///
/// The rows wait as texts, so that a value which is none of its type is met like any other fault, by an ordinary cast: that reads it by the
/// type's own input function, and what the column wants beyond the type (a length, a domain) is asked of it when it is assigned, as COPY
/// does both.
///
/// It tries single rows, where an import stores many by one statement, so it is only for tables where nothing but the row itself happens
/// when one is written (``TargetTable/isPlain``).
struct ServerSieve {
    /// A row that is refused by itself, when those before it that are not are stored.
    struct Refused {
        /// Its number among those that were sent, from 1.
        let number: Int
        let sqlState: String
        let reason: String
    }

    let table: TargetTable
    let columns: [TargetColumn]
    /// The name of a column that the table does not have.
    let ordinal: String

    private static let rows = Identifier("pg_temp", "caisson_sieve")
    private static let refusals = Identifier("pg_temp", "caisson_refused")

    /// Makes room for the rows, which ``copy`` fills; in a transaction that is rolled back.
    func prepare(on connection: Connection) throws {
        let definitions = columns.map { "\(identifier: $0.name) pg_catalog.text" as SQL }
        _ = try connection.rows(
            ofAll: [
                """
                CREATE TEMPORARY TABLE caisson_sieve (
                    \(definitions.joined(separator: ", ")),
                    \(identifier: ordinal) bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY
                ) ON COMMIT DROP
                """,
                """
                CREATE TEMPORARY TABLE caisson_refused (number bigint, sqlstate text, message text, detail text) ON COMMIT DROP
                """,
            ]
        )
    }

    /// The COPY that takes the rows.
    var copy: SQL { CopyStatements.copy(into: Self.rows, columns.map(\.name), format: "text") }

    /// Tries the rows.
    ///
    /// - Parameter most: how many are looked for.
    func refused(_ count: Int, atMost most: Int, on connection: Connection) throws -> [Refused] {
        // DO takes no parameters.
        try connection.execute("DO LANGUAGE plpgsql \(literal: body(count, most).text)")
        return try connection.rows(Self.found).map { row in
            let (number, state, message, detail) = try row.decode(
                Int.self,
                String.self,
                String.self,
                String?.self
            )
            let reason = message + (detail.map { " (\($0))" } ?? "")
            return Refused(number: number, sqlState: state, reason: reason)
        }
    }

    private static let found: SQL = """
        SELECT number, sqlstate, message, NULLIF(detail, ''::pg_catalog.text)
        FROM \(identifier: refusals)
        ORDER BY number
        """

    /// As many rows at once as mostly lie between two that are refused, then one, and twice as many each time; behind a refusal half as
    /// many, down to the one that it is about. With every fifth row refused that takes two statements for each of those, where always
    /// beginning with one took seven. What is not about a row ends everything.
    private func body(_ count: Int, _ most: Int) -> SQL {
        let names = columns.map { "\(identifier: $0.name)" as SQL }.joined(separator: ", ")
        let values = columns.map { column in
            "CAST(sieve.\(identifier: column.name) AS \(unsafe: column.baseType))" as SQL
        }.joined(separator: ", ")
        let place: SQL = "sieve.\(identifier: ordinal)"
        return """
            #variable_conflict use_variable
            DECLARE
                "caisson done"    bigint := 0;
                "caisson width"   bigint := 1;
                "caisson usual"   bigint := 0;
                "caisson good"    bigint := 0;
                "caisson refused" bigint := 0;
                "caisson state"   text;
                "caisson message" text;
                "caisson detail"  text;
            BEGIN
                WHILE "caisson done" OPERATOR(pg_catalog.<) \(literal: "\(count)")::bigint
                      AND "caisson refused" OPERATOR(pg_catalog.<) \(literal: "\(most)")::bigint LOOP
                    BEGIN
                        INSERT INTO \(identifier: table.name) (\(names))
                        OVERRIDING SYSTEM VALUE
                        SELECT \(values)
                        FROM \(identifier: Self.rows) AS sieve
                        WHERE \(place) OPERATOR(pg_catalog.>) "caisson done"
                          AND \(place) OPERATOR(pg_catalog.<=) ("caisson done" OPERATOR(pg_catalog.+) "caisson width")
                        ORDER BY \(place);
                        "caisson done" := "caisson done" OPERATOR(pg_catalog.+) "caisson width";
                        "caisson good" := "caisson good" OPERATOR(pg_catalog.+) "caisson width";
                        "caisson width" := CASE
                            WHEN "caisson good" OPERATOR(pg_catalog.=) "caisson usual" THEN 1::bigint
                            ELSE least("caisson width" OPERATOR(pg_catalog.*) 2::bigint, 4096::bigint) END;
                    EXCEPTION WHEN OTHERS THEN
                        GET STACKED DIAGNOSTICS
                            "caisson state" = RETURNED_SQLSTATE,
                            "caisson message" = MESSAGE_TEXT,
                            "caisson detail" = PG_EXCEPTION_DETAIL;
                        IF pg_catalog.left("caisson state", 2) NOT IN ('22', '23', 'P0', '44', '54') THEN
                            RAISE;
                        ELSIF "caisson width" OPERATOR(pg_catalog.>) 1::bigint THEN
                            "caisson width" := "caisson width" OPERATOR(pg_catalog./) 2::bigint;
                        ELSE
                            "caisson done" := "caisson done" OPERATOR(pg_catalog.+) 1::bigint;
                            "caisson refused" := "caisson refused" OPERATOR(pg_catalog.+) 1::bigint;
                            INSERT INTO \(identifier: Self.refusals)
                            VALUES ("caisson done", "caisson state", "caisson message", "caisson detail");
                            "caisson usual" := ("caisson usual" OPERATOR(pg_catalog.+) "caisson good") OPERATOR(pg_catalog./) 2::bigint;
                            "caisson good" := 0;
                            "caisson width" := greatest("caisson usual", 1::bigint);
                        END IF;
                    END;
                END LOOP;
            END
            """
    }
}
