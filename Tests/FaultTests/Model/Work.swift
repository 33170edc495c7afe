/// The backfills of the rounds: every way in which a table is walked and a chunk is written.
enum Work: String, CaseIterable, Sendable {
    /// Adds up into another table: a chunk applied twice or left out shows.
    case sums
    /// Sets a column from the row itself, which is one statement for each chunk.
    case labelsInOneStatement = "labels_in_one_statement"
    /// Sets it from a query, which needs the rows to be locked first.
    case labelsInTwoSteps = "labels_in_two_steps"
    /// Sets it in a table that is walked by the places of its rows.
    case labelsByPlace = "labels_by_place"
    /// Sets it in a table of three partitions.
    case labelsInPartitions = "labels_in_partitions"
    /// Sets it in a table of which every fourth row has no key.
    case labelsWithoutKey = "labels_without_key"
    /// Sets it from the rows of another table, which the application changes together with the row.
    case totals
    /// Deletes rows.
    case purge
    /// Deletes rows and keeps them in another table.
    case archive
    /// Streams rows through Swift into another table.
    case splitAlternateNames = "split_alternate_names"

    /// What the work leaves behind, which decides what the application does and what is compared.
    enum Result {
        case sums, labels, totals, deletions, archive, names
    }

    var result: Result {
        switch self {
        case .sums: .sums
        case .totals: .totals
        case .purge: .deletions
        case .archive: .archive
        case .splitAlternateNames: .names
        default: .labels
        }
    }

    /// Whether rows that arrive in the middle and need work are part of the run.
    var followsNewRows: Bool { self == .labelsByPlace || self == .labelsWithoutKey }

    /// Whether the statement reads the table `brake`, with which the application holds it up between lock and write.
    var hasBrake: Bool { [.totals, .purge, .archive].contains(self) }

    /// The code of the error behind a row that cannot be applied.
    var badRowState: String {
        switch self {
        case .purge: "23503"
        case .splitAlternateNames: "23514"
        default: "22012"
        }
    }

    /// How many statements write a chunk of it; `nil` where nothing is chosen.
    var statements: String? {
        switch self {
        case .labelsInOneStatement, .labelsInPartitions: "one"
        case .splitAlternateNames: nil
        default: "two"
        }
    }

    /// The backfill's file; `nil` for the one that is compiled into the program.
    var file: String? {
        let limits = "-- lock-timeout: 500ms\n"
        switch self {
        case .sums: return "-- table: city\n" + limits + Self.adding
        case .labelsInTwoSteps: return Self.frontMatter + limits + Self.labeling(by: "id", name: Self.query)
        case .labelsInOneStatement, .labelsInPartitions:
            return Self.frontMatter + limits + Self.labeling(by: "id")
        case .labelsByPlace: return Self.frontMatter + limits + "-- key: ctid\n" + Self.labeling(by: "ctid")
        case .labelsWithoutKey:
            return Self.frontMatter + limits + "-- key: code\n-- nulls: last-range\n"
                + Self.labeling(by: "ctid")
        case .purge:
            return "-- table: city\n-- where: expired\n" + limits
                + "DELETE FROM city USING chunk WHERE city.id = chunk.id AND \(Self.released)\n"
        case .archive: return "-- table: city\n-- where: expired\n" + limits + Self.archiving
        case .totals: return "-- table: city\n-- where: total IS NULL\n" + limits + Self.totalling
        case .splitAlternateNames: return nil
        }
    }

    private static let frontMatter = "-- table: city\n-- where: label IS NULL\n"
    private static let query = "(SELECT upper(same.name) FROM city AS same WHERE same.id = city.id)"

    private static func labeling(by key: String, name: String = "upper(city.name)") -> String {
        """
        UPDATE city
        SET label = \(name) || 100 / city.divisor, applied = city.applied + 1
        FROM chunk
        WHERE city.\(key) = chunk.\(key)

        """
    }

    private static let released = "NOT EXISTS (SELECT FROM brake)"

    private static let archiving = """
        WITH gone AS (
            DELETE FROM city USING chunk WHERE city.id = chunk.id AND \(released) RETURNING city.*
        )
        INSERT INTO archive (id, name, expired, inserted, touched, share)
        SELECT id, name, expired, inserted, touched, population / divisor FROM gone

        """

    private static let totalling = """
        UPDATE city
        SET total = (SELECT coalesce(sum(amount), 0) / city.divisor FROM item WHERE item.city_id = city.id),
            applied = city.applied + 1
        FROM chunk
        WHERE city.id = chunk.id AND \(released)

        """

    private static let adding = """
        WITH logged AS (
            INSERT INTO applied (id, country_code, population)
            SELECT city.id, country_code, population / divisor FROM chunk JOIN city ON city.id = chunk.id
        )
        INSERT INTO country (code, cities, population)
        SELECT country_code, count(*), sum(population / divisor)
        FROM chunk JOIN city ON city.id = chunk.id
        GROUP BY country_code
        ORDER BY country_code
        ON CONFLICT (code) DO UPDATE
        SET cities = country.cities + excluded.cities, population = country.population + excluded.population

        """
}
