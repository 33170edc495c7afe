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
        case .sqlMigrate: [("\(version)_\(slug).sql", "-- +migrate Up\n\n\n-- +migrate Down\n\n")]
        case .golangMigrate: [("\(version)_\(slug).up.sql", "\n"), ("\(version)_\(slug).down.sql", "\n")]
        case .sqlx where existing.contains { $0.hasSuffix(".up.sql") }:
            [("\(version)_\(slug).up.sql", "\n"), ("\(version)_\(slug).down.sql", "\n")]
        case .sqlx: [("\(version)_\(slug).sql", "\n")]
        case .flyway: [("V\(major)__\(slug).sql", "\n")]
        case .diesel:
            [("\(dieselVersion)_\(slug)/up.sql", "\n"), ("\(dieselVersion)_\(slug)/down.sql", "\n")]
        }
    }

    private var version: String {
        let taken = existing.compactMap { MigrationFileName($0)?.version }.max()
        let stamp = stamp
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

    /// The time in the way of the newest folder, of which newer programs of diesel write four digits more; where that one comes
    /// later all the same, its version and one more.
    private var dieselVersion: String {
        let folders = existing.compactMap { DieselFolder(ofFile: $0 + "/up.sql") }
        let newest = folders.max { $0.version < $1.version }?.version
        let stamp = stamp + (newest?.text.utf8.count == 18 ? "0000" : "")
        guard let newest, newest >= MigrationVersion(unchecked: stamp, order: .texts) else {
            return Self.dashed(stamp)
        }
        return Self.dashed(Self.next(newest.text))
    }

    /// The number behind a text of digits that has no more digits; another digit where that is not possible.
    private static func next(_ text: String) -> String {
        guard text.contains(where: { $0 != "9" }) else { return text + "0" }
        var digits = Array(text.utf8)
        var index = digits.count - 1
        while index > 0, digits[index] == UInt8(ascii: "9") {
            digits[index] = UInt8(ascii: "0")
            index -= 1
        }
        digits[index] += 1
        return String(decoding: digits, as: UTF8.self)
    }

    /// `2026-11-21-093000`, with whatever is behind it.
    private static func dashed(_ digits: String) -> String {
        guard digits.utf8.count == 14 || digits.utf8.count == 18 else { return digits }
        let ends = [4, 6, 8, 14, 18].filter { $0 <= digits.utf8.count }
        let starts = [0] + ends.dropLast()
        return zip(starts, ends).map { start, end in String(digits.dropFirst(start).prefix(end - start)) }
            .joined(separator: "-")
    }

    /// `20261121093000`
    private var stamp: String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(secondsFromGMT: 0) ?? calendar.timeZone
        let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: now)
        return [parts.year, parts.month, parts.day, parts.hour, parts.minute, parts.second].map(Self.digits)
            .joined()
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
