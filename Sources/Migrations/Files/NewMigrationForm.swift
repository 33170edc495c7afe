import Foundation

/// The names and the empty text of a new migration, in the way of the files that are there.
struct NewMigrationForm {
    /// Versions with fewer digits are counted, the others are times.
    private static let digitsOfTimes = 12

    let layout: MigrationLayout
    let existing: [String]
    let now: Date

    /// The paths below the folder and their texts.
    func files(_ slug: String) -> [(String, String)] {
        switch layout {
        case .native, .dbmate: [("\(version)_\(slug).sql", "-- migrate:up\n\n\n-- migrate:down\n\n")]
        case .goose: [("\(version)_\(slug).sql", "-- +goose Up\n\n\n-- +goose Down\n\n")]
        case .tern: [("\(version)_\(slug).sql", "\n\n---- create above / drop below ----\n\n")]
        case .golangMigrate: [("\(version)_\(slug).up.sql", "\n"), ("\(version)_\(slug).down.sql", "\n")]
        case .sqlx where existing.contains { $0.hasSuffix(".up.sql") }:
            [("\(version)_\(slug).up.sql", "\n"), ("\(version)_\(slug).down.sql", "\n")]
        case .sqlx: [("\(version)_\(slug).sql", "\n")]
        case .flyway: [("V\(major)__\(slug).sql", "\n")]
        case .diesel: [("\(dashes)_\(slug)/up.sql", "\n"), ("\(dashes)_\(slug)/down.sql", "\n")]
        }
    }

    private var version: String {
        let taken = existing.compactMap { MigrationFileName($0)?.version }.max()
        let stamp = stamp("")
        guard let taken, let number = Int(taken.text) else { return layout == .tern ? "001" : stamp }
        let isCounted = layout != .native && taken.text.count < Self.digitsOfTimes
        guard isCounted || MigrationVersion(unchecked: stamp) <= taken else { return stamp }
        let digits = String(number + 1)
        return String(repeating: "0", count: max(0, taken.text.count - digits.count)) + digits
    }

    /// The first number of Flyway's versions, counted on.
    private var major: Int {
        let versions = existing.compactMap { name in
            if case .versioned(let version, _) = FlywayFileName(name) { version } else { nil }
        }
        let first = versions.max()?.text.split(separator: ".").first
        return (first.flatMap { Int($0) } ?? 0) + 1
    }

    private var dashes: String { stamp("-") }

    /// `20261121093000`, or `2026-11-21-093000`.
    private func stamp(_ separator: String) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(secondsFromGMT: 0) ?? calendar.timeZone
        let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: now)
        let day = [parts.year, parts.month, parts.day].map(Self.digits).joined(separator: separator)
        return day + separator + [parts.hour, parts.minute, parts.second].map(Self.digits).joined()
    }

    private static func digits(_ part: Int?) -> String {
        let digits = String(part ?? 0)
        return digits.count == 1 ? "0" + digits : digits
    }
}

extension MigrationFileName {
    var version: MigrationVersion? {
        switch self {
        case .single(let version, _), .half(let version, _, _): version
        case .repeatable: nil
        }
    }
}
