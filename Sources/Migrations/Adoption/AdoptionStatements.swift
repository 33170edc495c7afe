import Control
import Postgres

/// Every statement that concerns the ledgers of other tools.
enum AdoptionStatements {
    /// The tables of a name that one could mean: the one on the search path, or all there are.
    static func tables(named name: String) -> SQL {
        """
        SELECT namespace.nspname, class.relname, pg_table_is_visible(class.oid)
        FROM pg_class AS class
        JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
        WHERE class.relname = \(name) AND class.relkind IN ('r', 'p')
          AND namespace.nspname NOT IN ('pg_catalog', 'information_schema')
        ORDER BY namespace.nspname
        """
    }

    static func table(_ name: Identifier) -> SQL {
        """
        SELECT namespace.nspname, class.relname, true
        FROM pg_class AS class
        JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
        WHERE class.oid = to_regclass(\(name.quoted))
        """
    }

    static func columns(schema: String, table: String) -> SQL {
        """
        SELECT attribute.attname, format_type(attribute.atttypid, NULL)
        FROM pg_attribute AS attribute
        WHERE attribute.attrelid = to_regclass(\(Identifier(schema, table).quoted))
          AND attribute.attnum > 0 AND NOT attribute.attisdropped
        """
    }

    static func isBesideRails(_ schema: String) -> SQL {
        """
        SELECT to_regclass(\(Identifier(schema, "ar_internal_metadata").quoted)) IS NOT NULL
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
            SELECT version::text, NULL, NULL::float8, NULL::bigint, NOT dirty, '', ''
            FROM \(identifier: name) WHERE version >= 0
            """
        case .goose:
            """
            SELECT version_id::text, NULL, extract(epoch FROM tstamp::timestamptz)::float8, NULL::bigint, true, '', ''
            FROM (SELECT DISTINCT ON (version_id) * FROM \(identifier: name) ORDER BY version_id, id DESC) AS latest
            WHERE is_applied AND version_id > 0
            ORDER BY version_id
            """
        case .flyway:
            """
            SELECT version, checksum::text, extract(epoch FROM installed_on::timestamptz)::float8,
                   execution_time::bigint * 1000000, success, type, description
            FROM \(identifier: name) ORDER BY installed_rank
            """
        case .diesel: bare("version", "run_on", name)
        case .sqlx:
            """
            SELECT version::text, encode(checksum, 'hex'), extract(epoch FROM installed_on)::float8,
                   nullif(execution_time, -1), success, '', description
            FROM \(identifier: name) ORDER BY version
            """
        case .sqlMigrate: bare("id", "applied_at", name)
        case .tern:
            """
            SELECT version::text, NULL, NULL::float8, NULL::bigint, true, '', ''
            FROM \(identifier: name) WHERE version > 0
            """
        }
    }

    private static func bare(_ version: String, _ time: String, _ table: Identifier) -> SQL {
        """
        SELECT \(unsafe: version)::text, NULL, extract(epoch FROM \(unsafe: time)::timestamptz)::float8,
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
        "SELECT count(*) FROM \(identifier: schema.table("migration"))"
    }

    static func detail(_ adoption: Adoption) -> SQL {
        """
        SELECT jsonb_build_object('tool', \(adoption.tool.rawValue)::text, 'table', \(adoption.table)::text,
                                  'versions', to_jsonb(\(adoption.adopted.map(\.identity.description))::text[]),
                                  'resolved', to_jsonb(\(adoption.resolutions.map(\.description))::text[]),
                                  'without_file', to_jsonb(\(adoption.withoutFile)::text[]))::text
        """
    }

    /// The last adoption that was not undone: its tool, table and versions.
    static func lastAdoption(_ schema: ControlSchema) -> SQL {
        """
        SELECT event, detail ->> 'tool', detail ->> 'table',
               ARRAY(SELECT jsonb_array_elements_text(detail -> 'versions'))
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
