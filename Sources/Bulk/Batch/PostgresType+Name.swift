import Postgres

extension PostgresType {
    /// The name of a built-in type for messages.
    var sqlName: String {
        Self.names[self] ?? "type \(rawValue)"
    }

    private static let names: [PostgresType: String] = [
        .bool: "boolean", .bytea: "bytea", .int8: "bigint", .int2: "smallint", .int4: "integer",
        .text: "text",
        .float4: "real", .float8: "double precision", .numeric: "numeric", .uuid: "uuid", .date: "date",
        .time: "time",
        .timestamp: "timestamp", .timestamptz: "timestamp with time zone", .interval: "interval",
        .json: "json",
        .jsonb: "jsonb",
    ]
}
