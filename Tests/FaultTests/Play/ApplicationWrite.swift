import Postgres

/// What the application does to a row, with a record of it in the same transaction.
enum ApplicationWrite: String, CaseIterable, Sendable {
    /// Renames a city. Where the label or the names are there already, it keeps them right; where they are not, it leaves
    /// them to the backfill, which must then see the new name.
    case rename
    /// Gives a city a label of its own, which the backfill must leave alone.
    case own
    /// Adds a city with everything that belongs to it.
    case insert
    /// Adds one that needs the backfill, while the run cannot be completed yet.
    case insertUnfinished
    case delete
    /// Makes a row impossible to apply, or possible again.
    case poison, heal
    /// Saves an expired row from being deleted.
    case rescue
    /// Adds a row of another table, and keeps the total right where it is there already.
    case addItem

    /// The writes of a round.
    static func all(for work: Work) -> [ApplicationWrite] {
        switch work.result {
        case .sums: [.rename, .rename, .insert, .delete]
        case .names: [.rename, .rename, .rename, .insert, .delete]
        case .deletions: [.rescue, .rescue, .insert, .delete]
        case .archive: [.rescue, .rescue, .rename, .rename, .insert, .delete]
        case .totals: [.addItem, .addItem, .addItem, .insert, .delete, .heal]
        case .labels:
            [.rename, .rename, .rename, .rename, .own, .insert, .delete, .poison, .heal]
                + (work.followsNewRows ? [.insertUnfinished] : [])
        }
    }

    /// The statements, of which each sees what those before it left.
    ///
    /// - Parameters:
    ///   - number: which row, from 1 to ``Tables/rows``.
    ///   - one: tells apart the two rows that may be added behind it.
    func statements(on number: Int, _ one: Int, _ work: Work) -> [SQL] {
        switch self {
        case .rename: work.result == .names ? Self.changeNames(number) : [Self.rename(number)]
        case .own: [Self.own(number)]
        case .insert:
            [Self.insert(number, one)] + (work.result == .names ? [Self.insertNames(number, one)] : [])
        case .insertUnfinished: [Self.insertUnfinished(number, one)]
        case .delete: [Self.delete(number)] + (work.result == .names ? [Self.deleteNames(number)] : [])
        case .poison: [Self.poison(number)]
        case .heal: [Self.heal(number)]
        case .rescue: [Self.rescue(number)]
        case .addItem: [Self.addItem(number)]
        }
    }

    private static func counting(_ write: SQL) -> SQL {
        """
        WITH written AS (\(write) RETURNING 1)
        UPDATE done SET writes = writes + (SELECT count(*) FROM written) WHERE EXISTS (SELECT FROM written)
        """
    }

    private static func rename(_ number: Int) -> SQL {
        counting(
            """
            UPDATE city
            SET touched = touched + 1, name = name || '.',
                label = CASE WHEN own OR label IS NULL THEN label ELSE upper(name || '.') || 100 END
            WHERE population = \(number)
            """
        )
    }

    private static func own(_ number: Int) -> SQL {
        counting(
            """
            UPDATE city
            SET touched = touched + 1, own = true, label = 'own ' || id
            WHERE population = \(number)
            """
        )
    }

    private static func rescue(_ number: Int) -> SQL {
        """
        WITH saved AS (
            UPDATE city SET touched = touched + 1, expired = false WHERE population = \(number) AND expired RETURNING id
        ), noted AS (
            INSERT INTO kept SELECT id FROM saved
        )
        UPDATE done SET writes = writes + (SELECT count(*) FROM saved) WHERE EXISTS (SELECT FROM saved)
        """
    }

    private static func addItem(_ number: Int) -> SQL {
        """
        WITH written AS (
            UPDATE city SET touched = touched + 1, total = total + 5 WHERE population = \(number) RETURNING id
        ), added AS (
            INSERT INTO item SELECT id, 5 FROM written
        )
        UPDATE done SET writes = writes + (SELECT count(*) FROM written) WHERE EXISTS (SELECT FROM written)
        """
    }

    // MARK: Rows that come and go

    private static func insert(_ number: Int, _ one: Int) -> SQL {
        """
        INSERT INTO city (id, code, name, alternate_names, country_code, population, label, inserted)
        SELECT id, 'd' || id, 'new', 'name ' || id || '|имя ' || id, 'C0', 100000 + id, 'NEW100', true
        FROM (VALUES (\(number) * 3 + \(one))) AS new (id)
        WHERE (SELECT count(*) FROM city WHERE inserted) < 300
        ON CONFLICT DO NOTHING
        """
    }

    private static func insertNames(_ number: Int, _ one: Int) -> SQL {
        """
        INSERT INTO city_name (city_id, name, script, by_app)
        SELECT id, unnest(string_to_array(alternate_names, '|')), 'app', true
        FROM city
        WHERE id = \(number) * 3 + \(one) AND inserted
        ON CONFLICT DO NOTHING
        """
    }

    /// As long as the lock on an unfinished range is held nobody can find that all of them are done.
    private static func insertUnfinished(_ number: Int, _ one: Int) -> SQL {
        """
        WITH unfinished AS (
            SELECT FROM caisson.backfill_range WHERE state <> 'done' ORDER BY ordinal DESC LIMIT 1 FOR SHARE
        )
        INSERT INTO city (id, name, country_code, population, inserted)
        SELECT \(number) * 3 + \(one), 'new', 'C0', 100000 + \(number) * 3 + \(one), true
        FROM unfinished
        WHERE (SELECT count(*) FROM city WHERE inserted) < 300
        ON CONFLICT DO NOTHING
        """
    }

    private static func delete(_ number: Int) -> SQL {
        """
        WITH gone AS (
            DELETE FROM city
            WHERE population IN (\(number), 100000 + \(number) * 3 + 1) AND (SELECT count(*) FROM deleted) < 300
            RETURNING id, population, inserted, applied, touched, freed
        )
        INSERT INTO deleted (id, population, inserted, applied, touched, freed) SELECT * FROM gone
        """
    }

    private static func deleteNames(_ number: Int) -> SQL {
        """
        WITH gone AS (
            DELETE FROM city_name
            WHERE city_id IN (SELECT id FROM deleted WHERE population IN (\(number), 100000 + \(number) * 3 + 1))
              AND city_id NOT IN (SELECT id FROM city)
            RETURNING by_app
        )
        UPDATE done SET names_removed = names_removed + (SELECT count(*) FROM gone WHERE NOT by_app)
        """
    }

    /// The first statement locks the city, so the second one sees the names that the backfill has written.
    private static func changeNames(_ number: Int) -> [SQL] {
        [
            counting(
                """
                UPDATE city
                SET touched = touched + 1, alternate_names = format('name %s.%s|имя %s.%s', id, touched, id, touched)
                WHERE population = \(number) AND divisor <> 0
                """
            ),
            """
            WITH gone AS (
                DELETE FROM city_name
                USING city
                WHERE city_id = city.id AND population = \(number)
                RETURNING by_app
            ), counted AS (
                UPDATE done SET names_removed = names_removed + (SELECT count(*) FROM gone WHERE NOT by_app)
            )
            INSERT INTO city_name (city_id, name, script, by_app)
            SELECT id, unnest(string_to_array(alternate_names, '|')), 'app', true
            FROM city
            WHERE population = \(number) AND EXISTS (SELECT FROM gone)
            """,
        ]
    }

    // MARK: Rows that cannot be applied

    private static func poison(_ number: Int) -> SQL {
        """
        WITH spoiled AS (
            UPDATE city
            SET touched = touched + 1, divisor = 0
            WHERE population = \(number) AND label IS NULL AND (SELECT count(*) FROM poisoned) < 12
            RETURNING id
        ), noted AS (
            INSERT INTO poisoned SELECT id FROM spoiled ON CONFLICT DO NOTHING
        )
        UPDATE done SET writes = writes + (SELECT count(*) FROM spoiled) WHERE EXISTS (SELECT FROM spoiled)
        """
    }

    private static func heal(_ number: Int) -> SQL {
        counting(
            "UPDATE city SET touched = touched + 1, divisor = 1 WHERE population = \(number) AND divisor = 0"
        )
    }
}
