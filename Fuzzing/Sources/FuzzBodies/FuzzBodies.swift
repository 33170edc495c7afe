import Postgres
import SQLSyntax

@testable import Migrations

// Shared with the test that plays the kept corpus: Tests/MigrationsTests/Fuzz has a link to this file.

/// What is done with one input of a fuzzer. It ends the process when something does not hold.
public enum FuzzBody: String, CaseIterable, Sendable {
    case lexer
    case layouts
    case connections

    /// Takes an input; any bytes at all.
    public func run(_ bytes: [UInt8]) {
        switch self {
        case .lexer: LexerFuzz.run(bytes)
        case .layouts: LayoutFuzz.run(bytes)
        case .connections: ConnectionFuzz.run(bytes)
        }
    }
}

/// The lexer, the splitter and what reads single statements.
private enum LexerFuzz {
    static func run(_ bytes: [UInt8]) {
        cover(bytes)
        guard let script = try? StatementSplitter.scan(bytes) else { return }
        for statement in script.statements {
            precondition(statement.text.utf8.count >= statement.bytes.count || !isText(bytes))
            _ = ConcurrentCommand(statement)
        }
        _ = ScriptNames(script.statements, in: bytes)
        normalize(bytes)
    }

    private static func isText(_ bytes: [UInt8]) -> Bool { String(validating: bytes, as: UTF8.self) != nil }

    /// Tokens cover the text without a gap.
    private static func cover(_ bytes: [UInt8]) {
        var lexer = Lexer(bytes)
        var end = 0
        do {
            while let token = try lexer.next() {
                precondition(token.range.lowerBound == end && token.range.upperBound > end)
                end = token.range.upperBound
            }
            precondition(end == bytes.count)
        } catch {
            precondition(error.location.line >= 1 && !error.description.isEmpty)
        }
    }

    /// What is normalized says the same when it is normalized again.
    private static func normalize(_ bytes: [UInt8]) {
        guard let once = try? NormalizedText.of(bytes), let twice = try? NormalizedText.of(once) else {
            return
        }
        precondition(once == twice)
    }
}

/// The readers of all layouts over a folder of a few files.
///
/// The first byte chooses the layout. Files stand behind it, parted by 0xFF, each with its name on the first line.
private enum LayoutFuzz {
    static func run(_ bytes: [UInt8]) {
        guard let first = bytes.first else { return }
        var files: [String: [UInt8]] = [:]
        for file in bytes.dropFirst().split(separator: 0xFF) {
            let lines = file.split(
                separator: UInt8(ascii: "\n"),
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            guard let name = lines.first, !name.isEmpty else { continue }
            files[String(decoding: name, as: UTF8.self)] = lines.count > 1 ? Array(lines[1]) : []
        }
        let layouts = MigrationLayout.allCases.map(Optional.some) + [nil]
        let listing = FolderListing(path: "db", files: files)
        guard let directory = try? MigrationDirectory(listing, layout: layouts[Int(first) % layouts.count])
        else {
            return
        }
        for migration in directory.migrations { check(migration) }
        _ = try? MigrationPlan(.up(.latest), available: directory.migrations, applied: [])
    }

    /// What reverts a migration can be read again from what the ledger keeps of it.
    private static func check(_ migration: Migration) {
        _ = migration.normalizedChecksum
        guard let down = migration.down, down.obstacle == nil else { return }
        let source = SourceFile(path: "ledger", text: down.nativeText)
        guard let kept = try? MigrationFile(source).onlySection(.down) else { return }
        precondition(kept.statements.count == down.statements.count)
    }
}

/// Connection strings.
private enum ConnectionFuzz {
    static func run(_ bytes: [UInt8]) {
        let text = String(decoding: bytes.filter { $0 != 0 }, as: UTF8.self)
        do {
            let options = try ConnectionOptions(text)
            _ = "\(options)"
            _ = options.settingsForPrograms
        } catch {
            // Whatever is said about a text that cannot be read, the text itself is not said.
            precondition(text.utf8.count < 16 || !error.description.contains(text))
        }
    }
}
