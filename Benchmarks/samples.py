"""What several benchmarks work on."""

MIGRATION = """-- migrate:up
CREATE TABLE item_{0} (
    id bigint PRIMARY KEY,
    name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- migrate:down
DROP TABLE item_{0};
"""


def write_migrations(folder, count):
    """Migrations of one table each."""
    folder.mkdir()
    for number in range(1, count + 1):
        (folder / f"{20260101000000 + number}_create_item_{number}.sql").write_text(MIGRATION.format(number))
