import Bulk
import Foundation
import TestSupport

/// Reads files by Python's `csv`, all of them by one process.
///
/// It knows no NULL, so what is compared is the texts of the fields.
struct PythonJudge {
    private let folder: String

    /// What it is told of a file.
    private struct Order: Codable {
        let file: String
        let delimiter: UInt8
        let quote: UInt8?
        let escape: UInt8?
        let linesBefore: Int
        let columns: Int
    }

    /// Writes what it found to a file beside each: `refused`, or for each record the number of fields and each field behind its length.
    private static let script = """
        import csv, json, sys
        csv.field_size_limit(1 << 30)
        def dialect(order):
            options = dict(delimiter=chr(order["delimiter"]), strict=True, doublequote=True)
            if order.get("quote") is None:
                return dict(options, quoting=csv.QUOTE_NONE, quotechar=None)
            if order.get("escape") is not None:
                options["escapechar"] = chr(order["escape"])
            return dict(options, quotechar=chr(order["quote"]))
        def records(order):
            with open(order["file"], encoding="utf-8-sig", newline="") as file:
                for _ in range(order["linesBefore"]):
                    file.readline()
                for record in csv.reader(file, **dialect(order)):
                    if not record and order["columns"] > 1:
                        continue
                    yield [field.encode() for field in record or [""]]
        for line in open(sys.argv[1], encoding="utf-8"):
            order = json.loads(line)
            with open(order["file"] + ".python", "wb") as out:
                try:
                    found = list(records(order))
                    if any(len(record) != order["columns"] for record in found):
                        raise ValueError("ragged")
                except (csv.Error, ValueError):
                    out.write(b"refused")
                    continue
                for record in found:
                    out.write(b"%d\\n" % len(record))
                    for field in record:
                        out.write(b"%d:%b" % (len(field), field))
        """

    init(folder: String) {
        self.folder = folder
    }

    /// Has all files read; whether there is a Python to do it.
    func read(_ trials: [FileTrial], _ path: (FileTrial) -> String) async throws -> Bool {
        let orders = try trials.filter(\.file.pythonDifferences.isEmpty).map { trial in
            let dialect = trial.file.dialect
            let order = Order(
                file: path(trial),
                delimiter: dialect.format.delimiter,
                quote: dialect.format.quote,
                escape: dialect.format.escape,
                linesBefore: dialect.format.linesBefore,
                columns: dialect.columns.count
            )
            return String(decoding: try JSONEncoder().encode(order), as: UTF8.self) + "\n"
        }
        let (script, list) = (folder + "/read.py", folder + "/orders")
        try Self.script.write(toFile: script, atomically: true, encoding: .utf8)
        try orders.joined().write(toFile: list, atomically: true, encoding: .utf8)
        let result = try await ToolRunner(path: "/usr/bin/env").run("python3", script, list)
        if result.status == 127 { return false }
        guard result.status == 0 else { throw Failed(output: result.errorOutput) }
        return true
    }

    /// What is wrong with the reading of a file; `nil` where it found what the file stands for.
    func objection(to trial: FileTrial, _ path: String) throws -> String? {
        let found = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path + ".python")))
        let expected = trial.file.mistake == nil ? Self.written(trial.file.texts) : Array("refused".utf8)
        guard found != expected else { return nil }
        return "Python: \(String(decoding: found.suffix(1000), as: UTF8.self).debugDescription)"
    }

    private static func written(_ records: [[[UInt8]]]) -> [UInt8] {
        var bytes: [UInt8] = []
        for record in records {
            bytes += "\(record.count)\n".utf8
            for field in record { bytes += Array("\(field.count):".utf8) + field }
        }
        return bytes
    }

    struct Failed: Error {
        let output: String
    }
}
