package import Postgres

/// What the system catalogs were asked in one look at a table and the statement about it: each question goes to the server
/// once, and those that are known beforehand go together.
///
/// It lives as long as that look, through one connection. What has to hold later is asked again then.
package final class Catalog {
    let connection: Connection
    private var answers: [Question: ResultSet] = [:]

    private struct Question: Hashable {
        let text: String
        let values: [[UInt8]?]

        init(_ sql: SQL) {
            text = sql.text
            values = sql.parameters.map(\.bytes)
        }
    }

    /// Makes one that knows nothing yet.
    package init(on connection: Connection) {
        self.connection = connection
    }

    /// Asks what is going to be asked, in one round trip.
    func prepare(_ questions: [SQL]) throws {
        var seen = Set(answers.keys)
        let new = questions.filter { seen.insert(Question($0)).inserted }
        note(try connection.rows(ofAll: new), to: new)
    }

    /// Takes answers that came with something else.
    func note(_ results: [ResultSet], to questions: [SQL]) {
        for (question, result) in zip(questions, results) { answers[Question(question)] = result }
    }

    /// The answer to a question.
    func rows(_ sql: SQL) throws -> ResultSet {
        if let known = answers[Question(sql)] { return known }
        let result = try connection.rows(sql)
        answers[Question(sql)] = result
        return result
    }

    /// The rows of the answer, decoded.
    func query<each Value: PostgresDecodable>(
        _ sql: SQL,
        as types: repeat (each Value).Type
    ) throws -> [(repeat each Value)] {
        var decoded: [(repeat each Value)] = []
        for row in try rows(sql) { decoded.append(try row.decode(repeat each types)) }
        return decoded
    }

    /// The only row of the answer; `nil` where there is none.
    func first<each Value: PostgresDecodable>(
        _ sql: SQL,
        as types: repeat (each Value).Type
    ) throws -> (repeat each Value)? {
        try query(sql, as: repeat each types).first
    }

    /// The answer of a question for yes or no.
    func isTrue(_ sql: SQL) throws -> Bool {
        try first(sql, as: Bool.self) ?? false
    }
}
