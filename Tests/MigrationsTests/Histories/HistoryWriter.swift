@testable import Migrations

/// Writes the sample history as the files of one tool.
struct HistoryWriter {
    let layout: MigrationLayout

    /// The path of each file and its text. Some files have the line ends of another system, some a byte order
    /// mark.
    var files: [String: String] {
        var files: [String: String] = [:]
        for (index, step) in SampleHistory.steps.enumerated() {
            let hasMark = index % 7 == 3 && !step.isBare
            for (path, text) in self.files(Self.adapted(step, index), number: index + 1) {
                files[path] = (hasMark ? "\u{FEFF}" : "") + text
            }
        }
        return files
    }

    /// The same statements for psql.
    static func script(through count: Int = SampleHistory.steps.count) -> String {
        SampleHistory.steps.prefix(count).enumerated().map { index, step in
            "SET search_path = public;\n\(adapted(step, index).up)\n;\n"
        }.joined()
    }

    /// The version of a step as the tool's ledger has it.
    func version(_ number: Int) -> String {
        switch layout {
        case .native, .dbmate, .sqlx, .diesel: "20240101\(padded(number, 6))"
        case .golangMigrate, .goose, .tern, .sqlMigrate: "\(number)"
        case .flyway: "1.\(number)"
        }
    }

    private static func adapted(_ step: SampleHistory.Step, _ index: Int) -> SampleHistory.Step {
        guard index % 5 == 4 else { return step }
        var step = step
        step = SampleHistory.Step(
            name: step.name,
            up: step.up.replacing("\n", with: "\r\n"),
            down: step.down.replacing("\n", with: "\r\n"),
            isBare: step.isBare,
            isNested: step.isNested
        )
        return step
    }

    private func files(_ step: SampleHistory.Step, number: Int) -> [String: String] {
        let name = "\(version(number))_\(step.name)"
        switch layout {
        case .native, .dbmate:
            let option = step.isBare ? " transaction:false" : ""
            return [
                "\(name).sql": "-- migrate:up\(option)\n\(step.up)\n-- migrate:down\(option)\n\(step.down)"
            ]
        case .golangMigrate:
            let name = "\(padded(number, 6))_\(step.name)"
            return ["\(name).up.sql": step.up, "\(name).down.sql": step.down]
        case .goose: return ["\(padded(number, 5))_\(step.name).sql": goose(step)]
        case .flyway:
            return [
                "V1_\(number)__\(step.name).sql": step.up, "undo/U1.\(number)__\(step.name).sql": step.down,
            ]
        case .diesel: return diesel(step, "2024-01-01-\(padded(number, 6))_\(step.name)")
        case .sqlx:
            let mark = step.isBare ? "-- no-transaction\n" : ""
            return ["\(name).up.sql": mark + step.up, "\(name).down.sql": mark + step.down]
        case .tern: return ["\(padded(number, 3))_\(step.name).sql": tern(step)]
        case .sqlMigrate: return ["\(number)_\(step.name).sql": sqlMigrate(step)]
        }
    }

    private func goose(_ step: SampleHistory.Step) -> String {
        let mark = step.isBare ? "-- +goose NO TRANSACTION\n" : ""
        let up =
            step.isNested ? "-- +goose StatementBegin\n\(step.up)\n-- +goose StatementEnd" : step.up
        return "\(mark)-- +goose Up\n\(up)\n-- +goose Down\n\(step.down)\n"
    }

    private func sqlMigrate(_ step: SampleHistory.Step) -> String {
        let option = step.isBare ? " notransaction" : ""
        let up =
            step.isNested
            ? "-- +migrate StatementBegin\n\(step.up)\n-- +migrate StatementEnd" : step.up
        return "-- +migrate Up\(option)\n\(up)\n-- +migrate Down\(option)\n\(step.down)\n"
    }

    private func diesel(_ step: SampleHistory.Step, _ folder: String) -> [String: String] {
        var files = ["\(folder)/up.sql": step.up, "\(folder)/down.sql": step.down]
        if step.isBare { files["\(folder)/metadata.toml"] = "run_in_transaction = false\n" }
        return files
    }

    private func tern(_ step: SampleHistory.Step) -> String {
        let mark = step.isBare ? "---- tern: disable-tx ----\n" : ""
        return "\(mark)\(step.up)\n---- create above / drop below ----\n\(mark)\(step.down)\n"
    }

    private func padded(_ number: Int, _ width: Int) -> String {
        String(repeating: "0", count: max(0, width - "\(number)".count)) + "\(number)"
    }
}
