import Foundation
import Postgres

/// A node of a plan as `EXPLAIN (FORMAT JSON)` writes it, with what is asked of it here.
struct PlanNode: Decodable, Sendable {
    let type: String
    let schema: String?
    let relation: String?
    let index: String?
    let indexCondition: String?
    let direction: String?
    let children: [PlanNode]?

    private enum CodingKeys: String, CodingKey {
        case type = "Node Type"
        case schema = "Schema"
        case relation = "Relation Name"
        case index = "Index Name"
        case indexCondition = "Index Cond"
        case direction = "Scan Direction"
        case children = "Plans"
    }

    /// Reads the server's answer; `nil` when it has another form than is known.
    static func read(_ json: String) -> PlanNode? {
        struct Statement: Decodable {
            let plan: PlanNode
            enum CodingKeys: String, CodingKey { case plan = "Plan" }
        }
        return try? JSONDecoder().decode([Statement].self, from: Data(json.utf8)).first?.plan
    }

    /// The first node that reads all of a table: a sequential scan, or an index walked from end to end.
    func wholeScan(of table: Identifier) -> PlanNode? {
        if relation == table.name, schema == nil || schema == table.schema, readsEverything { return self }
        return children?.lazy.compactMap { $0.wholeScan(of: table) }.first
    }

    private var readsEverything: Bool {
        switch type {
        case "Seq Scan": true
        case "Index Scan", "Index Only Scan": indexCondition == nil
        default: false
        }
    }
}
