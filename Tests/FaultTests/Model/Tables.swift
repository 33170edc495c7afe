import Postgres

/// The tables of a round: those that the backfill is about, and those in which the application records what it did.
struct Tables {
    /// The rows at the beginning.
    static let rows = 6000
    /// The numbers of those that cannot be applied.
    static let poison = [13, 1300, 1301, 5999]

    let work: Work

    func create(on connection: Connection) throws {
        try connection.runScript(Self.others)
        try connection.runScript(city)
        try connection.runScript(fill)
        try connection.runScript(spoil)
        // Who waits for a deadlock notices it while the one who provokes it still waits for that.
        try connection.runScript(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET deadlock_timeout = ''200ms''', current_database()); END $$"
        )
    }

    private var city: String {
        let partitioning = work == .labelsInPartitions ? "PARTITION BY RANGE (id)" : ""
        let columns = """
            CREATE TABLE city (
                id bigint PRIMARY KEY, code text UNIQUE, name text NOT NULL, alternate_names text,
                country_code text NOT NULL, population bigint NOT NULL, divisor integer NOT NULL DEFAULT 1, label text,
                expired boolean NOT NULL DEFAULT false,
                -- How often the backfill changed the row, and what the application did to it.
                applied integer NOT NULL DEFAULT 0, touched integer NOT NULL DEFAULT 0,
                freed integer NOT NULL DEFAULT 0, total bigint,
                own boolean NOT NULL DEFAULT false, inserted boolean NOT NULL DEFAULT false
            ) \(partitioning);
            CREATE INDEX ON city (population);
            """
        guard work == .labelsInPartitions else { return columns }
        return columns.replacing("code text UNIQUE", with: "code text") + """

            CREATE TABLE city_low PARTITION OF city FOR VALUES FROM (MINVALUE) TO (5000);
            CREATE TABLE city_middle PARTITION OF city FOR VALUES FROM (5000) TO (12000);
            CREATE TABLE city_high PARTITION OF city FOR VALUES FROM (12000) TO (MAXVALUE);
            """
    }

    private static let others = """
        CREATE TABLE country (code text PRIMARY KEY, cities bigint NOT NULL, population numeric NOT NULL);
        CREATE TABLE applied (id bigint NOT NULL, country_code text NOT NULL, population bigint NOT NULL);
        CREATE TABLE city_name (
            city_id bigint NOT NULL, name text NOT NULL CHECK (name <> 'poison'), script text NOT NULL,
            by_app boolean NOT NULL DEFAULT false, PRIMARY KEY (city_id, name)
        );
        CREATE TABLE done (writes bigint NOT NULL, names_removed bigint NOT NULL);
        INSERT INTO done VALUES (0, 0);
        CREATE TABLE deleted (
            id bigint NOT NULL, population bigint NOT NULL, inserted boolean NOT NULL, applied integer NOT NULL,
            touched integer NOT NULL, freed integer NOT NULL
        );
        -- The rows that must not be deleted.
        CREATE TABLE kept (id bigint PRIMARY KEY);
        -- No key: a row that were archived twice shall show.
        CREATE TABLE archive (
            id bigint NOT NULL, name text NOT NULL, expired boolean NOT NULL, inserted boolean NOT NULL,
            touched integer NOT NULL, share bigint NOT NULL
        );
        CREATE TABLE item (city_id bigint NOT NULL, amount bigint NOT NULL);
        CREATE INDEX ON item (city_id);
        CREATE TABLE brake ();
        CREATE TABLE poisoned (id bigint PRIMARY KEY);
        """

    private var fill: String {
        """
        INSERT INTO city (id, code, name, alternate_names, country_code, population, expired, total)
        SELECT n * 3, CASE WHEN n % 4 > 0 THEN 'c' || n END, 'city ' || n, 'name ' || n || '|имя ' || n, 'C' || n % 11, n,
               n % 5 > 0, CASE WHEN n % 5 = 0 THEN n END
        FROM generate_series(1, \(Self.rows)) AS n;
        INSERT INTO item SELECT id, population FROM city;
        ANALYZE city;
        ANALYZE item;
        """
    }

    /// Makes some rows impossible to apply.
    private var spoil: String {
        let numbers = Self.poison.map(String.init).joined(separator: ", ")
        let foreignKey =
            """
            CREATE TABLE visit (city_id bigint NOT NULL REFERENCES city);
            INSERT INTO visit SELECT id FROM city WHERE divisor = 0;
            """
        return """
            UPDATE city SET divisor = 0, expired = true, total = NULL, alternate_names = 'name|poison' WHERE population IN (\(numbers));
            INSERT INTO poisoned SELECT id FROM city WHERE divisor = 0;
            INSERT INTO kept SELECT id FROM city WHERE NOT expired;
            \(work == .purge ? foreignKey : "")
            """
    }
}
