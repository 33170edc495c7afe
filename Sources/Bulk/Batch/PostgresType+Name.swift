import Postgres

extension PostgresType {
    /// The name of a built-in type for messages and casts.
    var sqlName: String {
        if let element { return element.sqlName + "[]" }
        return Self.names[self] ?? "type \(rawValue)"
    }

    private static let names: [PostgresType: String] = [
        .bool: "boolean", .bytea: "bytea", .int8: "bigint", .int2: "smallint", .int4: "integer",
        .text: "text",
        .float4: "real", .float8: "double precision", .numeric: "numeric", .uuid: "uuid", .date: "date",
        .time: "time",
        .timestamp: "timestamp", .timestamptz: "timestamp with time zone", .interval: "interval",
        .json: "json",
        .jsonb: "jsonb", .char: "\"char\"", .name: "name", .oid: "oid", .tid: "tid", .xid: "xid",
        .xid8: "xid8",
        .bpchar: "bpchar", .varchar: "character varying", .inet: "inet", .cidr: "cidr",
    ]
}
