import Control
import Postgres
import SQLSyntax

/// What `pg_dump` wrote, without what differs from run to run: its own version and the server's, the time limits of its
/// session, the key of `\restrict`.
struct DumpedStatements {
    /// Sent before everything else. `pg_dump` names every object with its schema and has functions checked when they are
    /// called, because they may use what comes behind them.
    static let preamble = """
        SET client_encoding = 'UTF8';
        SET standard_conforming_strings = on;
        SET check_function_bodies = false;
        SET xmloption = content;
        SELECT pg_catalog.set_config('search_path', '', false);
        """

    /// Every statement with its semicolon, and the rows of a COPY behind it.
    let texts: [String]

    /// The tables that the dump has rows for, as they are named in it.
    let tablesWithRows: [String]

    /// - Parameters:
    ///   - owner: the role, as SQL writes it, that need not be named as the owner of what it makes.
    ///   - ledger: the schema of the ledger: where it holds tables of users too it is in the dump, and was made before.
    /// - Throws: `SchemaDumpError.unreadable` when the text is not what `pg_dump` writes.
    init(
        _ output: String,
        owner: String? = nil,
        ledger: ControlSchema = ControlSchema()
    ) throws(SchemaDumpError) {
        let bytes = Array(Self.withoutRestriction(output).utf8)
        let statements: [Statement]
        do {
            statements = try StatementSplitter.split(bytes)
        } catch {
            throw .unreadable(path: "the output of pg_dump", reason: "\(error)")
        }
        let kept = statements.drop { Self.isSessionSetting($0.text) }.filter { statement in
            // Every table is copied, also one without rows.
            statement.copyData?.isEmpty != true && !Self.givesAway(statement.text, to: owner)
        }
        texts = kept.map { statement in
            let data = statement.copyData.map { String(decoding: bytes[$0], as: UTF8.self) + "\\.\n" }
            return Self.making(ledger, in: statement.text) + ";" + (data.map { "\n" + $0 } ?? "")
        }
        tablesWithRows = kept.filter { $0.copyData != nil }.compactMap { statement in
            statement.text.firstRange(of: " (").map {
                String(statement.text[..<$0.lowerBound].dropFirst("COPY ".count))
            }
        }
    }

    private init(texts: [String], tablesWithRows: [String]) {
        (self.texts, self.tablesWithRows) = (texts, tablesWithRows)
    }

    /// The same without passwords and keys of foreign servers, and with comments that say so.
    var withoutCredentials: DumpedStatements {
        DumpedStatements(texts: texts.map { CredentialOptions($0).text }, tablesWithRows: tablesWithRows)
    }

    /// The statements with an empty line between any two.
    var text: String { texts.map { $0 + "\n" }.joined(separator: "\n") }

    /// `\restrict` and `\unrestrict` are commands of psql with a key that is new in every dump.
    private static func withoutRestriction(_ output: String) -> String {
        let lines = output.split(separator: "\n", omittingEmptySubsequences: false)
        guard let first = lines.first(where: { $0.hasPrefix("\\restrict ") }) else { return output }
        let key = first.dropFirst("\\restrict ".count)
        return lines.filter { $0 != first && $0 != "\\unrestrict " + key }.joined(separator: "\n")
    }

    /// The settings at the beginning, all of them about the session that loads the dump; those further below are about
    /// the objects behind them.
    private static func isSessionSetting(_ statement: String) -> Bool {
        let isSetting = statement.hasPrefix("SET ") || statement.hasPrefix("SELECT pg_catalog.set_config(")
        return isSetting && !statement.hasPrefix("SET default_table_access_method")
    }

    private static func making(_ schema: ControlSchema, in statement: String) -> String {
        let name = Identifier(schema.name)
        let isThat = ["\(name)", name.quoted].contains { statement == "CREATE SCHEMA \($0)" }
        return isThat ? "CREATE SCHEMA IF NOT EXISTS \(name.quoted)" : statement
    }

    private static func givesAway(_ statement: String, to owner: String?) -> Bool {
        owner.map { statement.hasPrefix("ALTER ") && statement.hasSuffix(" OWNER TO \($0)") } ?? false
    }
}
