import Control
import Postgres

/// Every statement that concerns the ledgers of other tools.
enum AdoptionStatements {
    /// The tables of a name that one could mean: the one on the search path, or all there are.
    static func tables(named name: String) -> SQL {
        """
        SELECT namespace.nspname, class.relname, pg_catalog.pg_table_is_visible(class.oid)
        FROM pg_catalog.pg_class AS class
        JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
        WHERE class.relname = \(name) AND class.relkind IN ('r', 'p')
          AND namespace.nspname NOT IN ('pg_catalog', 'information_schema')
        ORDER BY namespace.nspname
        """
    }

    static func table(_ name: Identifier) -> SQL {
        """
        SELECT namespace.nspname, class.relname, true
        FROM pg_catalog.pg_class AS class
        JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
        WHERE class.oid = pg_catalog.to_regclass(\(name.quoted))::pg_catalog.oid
        """
    }

    static func columns(schema: String, table: String) -> SQL {
        """
        SELECT attribute.attname, pg_catalog.format_type(attribute.atttypid, NULL)
        FROM pg_catalog.pg_attribute AS attribute
        WHERE attribute.attrelid = pg_catalog.to_regclass(\(Identifier(schema, table).quoted))::pg_catalog.oid
          AND attribute.attnum > 0 AND NOT attribute.attisdropped
        """
    }

    static func isBesideRails(_ schema: String) -> SQL {
        """
        SELECT pg_catalog.to_regclass(\(Identifier(schema, "ar_internal_metadata").quoted)) IS NOT NULL
        """
    }

    /// Keeps a tool without a lock of its own from writing until the end of the transaction.
    static func lock(_ table: ForeignTable) -> SQL {
        "LOCK TABLE \(identifier: table.identifier) IN SHARE MODE"
    }

    /// Version, checksum as text, time in seconds since 1970, nanoseconds it took, whether it is finished, and
    /// what kind of row it is, in the order in which they were written.
    static func records(of tool: MigrationTool, in table: ForeignTable) -> SQL {
        let name = table.identifier
        return switch tool {
        case .dbmate: bare("version", "NULL", name)
        case .golangMigrate:
            """
            SELECT version::pg_catalog.text, NULL, NULL::pg_catalog.float8, NULL::bigint, NOT dirty, '', ''
            FROM \(identifier: name) WHERE version >= 0
            """
        case .goose:
            """
            SELECT version_id::pg_catalog.text, NULL, extract(epoch FROM tstamp::pg_catalog.timestamptz)::pg_catalog.float8, NULL::bigint, true, '', ''
            FROM (SELECT DISTINCT ON (version_id) * FROM \(identifier: name) ORDER BY version_id, id DESC) AS latest
            WHERE is_applied AND version_id > 0
            ORDER BY version_id
            """
        case .flyway:
            """
            SELECT version, checksum::pg_catalog.text, extract(epoch FROM installed_on::pg_catalog.timestamptz)::pg_catalog.float8,
                   execution_time::bigint * 1000000, success, type, description
            FROM \(identifier: name) ORDER BY installed_rank
            """
        case .diesel: bare("version", "run_on", name)
        case .sqlx:
            """
            SELECT version::pg_catalog.text, pg_catalog.encode(checksum, 'hex'), extract(epoch FROM installed_on)::pg_catalog.float8,
                   nullif(execution_time, -1), success, '', description
            FROM \(identifier: name) ORDER BY version
            """
        case .sqlMigrate: bare("id", "applied_at", name)
        case .tern:
            """
            SELECT version::pg_catalog.text, NULL, NULL::pg_catalog.float8, NULL::bigint, true, '', ''
            FROM \(identifier: name) WHERE version > 0
            """
        }
    }

    private static func bare(_ version: String, _ time: String, _ table: Identifier) -> SQL {
        """
        SELECT \(unsafe: version)::pg_catalog.text, NULL, extract(epoch FROM \(unsafe: time)::pg_catalog.timestamptz)::pg_catalog.float8,
               NULL::bigint, true, '', ''
        FROM \(identifier: table) ORDER BY 1
        """
    }

    // MARK: our ledger

    /// The rows of another of our ledgers about some migrations.
    static func rows(about identities: [Migration.Identity], in schema: ControlSchema) -> SQL {
        """
        SELECT version, checksum, normalized_checksum
        FROM \(identifier: schema.table("migration"))
        WHERE version = ANY (\(identities.map(\.description)))
        """
    }

    /// Whether one of some relations is what its name leads to in this session.
    static func seesAny(of names: [String]) -> SQL {
        """
        SELECT EXISTS (
            SELECT FROM pg_catalog.unnest(\(names)::pg_catalog.text[]) AS made (name)
            WHERE pg_catalog.to_regclass(made.name) IS NOT NULL
        )
        """
    }

    static func count(_ schema: ControlSchema) -> SQL {
        "SELECT pg_catalog.count(*) FROM \(identifier: schema.table("migration"))"
    }

    static func detail(_ adoption: Adoption) -> SQL {
        """
        SELECT pg_catalog.jsonb_build_object('tool', \(adoption.tool.rawValue)::pg_catalog.text, 'table', \(adoption.table)::pg_catalog.text,
                                  'versions', pg_catalog.to_jsonb(\(adoption.adopted.map(\.identity.description))::pg_catalog.text[]),
                                  'resolved', pg_catalog.to_jsonb(\(adoption.resolutions.map(\.description))::pg_catalog.text[]),
                                  'without_file', pg_catalog.to_jsonb(\(adoption.withoutFile)::pg_catalog.text[]))::pg_catalog.text
        """
    }

    /// The last adoption that was not undone: its tool, table and versions.
    static func lastAdoption(_ schema: ControlSchema) -> SQL {
        """
        SELECT event, detail ->> 'tool'::pg_catalog.text, detail ->> 'table'::pg_catalog.text,
               ARRAY(SELECT pg_catalog.jsonb_array_elements_text(detail -> 'versions'::pg_catalog.text))
        FROM \(identifier: schema.table("event"))
        WHERE event IN ('migration.adopted', 'migration.adoption_undone')
        ORDER BY id DESC LIMIT 1
        """
    }

    /// What the ledger holds beside the versions of an adoption.
    static func others(than versions: [String], in schema: ControlSchema) -> SQL {
        """
        SELECT version, name FROM \(identifier: schema.table("migration"))
        WHERE version <> ALL (\(versions)) ORDER BY version
        """
    }

    static func forget(_ versions: [String], in schema: ControlSchema) -> SQL {
        "DELETE FROM \(identifier: schema.table("migration")) WHERE version = ANY (\(versions))"
    }
}
