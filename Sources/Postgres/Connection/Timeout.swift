/// A time limit as people write it, everywhere in the same way: `500ms`, `5s`, `2min`, `1h`.
public struct Timeout: Sendable, Hashable, CustomStringConvertible {
    /// The limit in milliseconds; 0 means none, as in the server's settings.
    public let milliseconds: Int

    /// A limit in milliseconds.
    public static func milliseconds(_ count: Int) -> Timeout { Timeout(milliseconds: count) }

    /// A limit in seconds.
    public static func seconds(_ count: Int) -> Timeout { Timeout(milliseconds: count * 1000) }

    /// What may be written, for messages.
    public static let notation = "a number and ms, s, min or h"

    /// Reads a number and its unit: `ms`, `s`, `min` (or `m`) or `h`. A number alone is none, because some would take it for seconds
    /// and the server takes it for milliseconds; only 0 needs no unit.
    public init?(parsing text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }
        guard let count = Int(digits),
            let factor = Self.units[String(unit)] ?? (count == 0 && unit.isEmpty ? 1 : nil)
        else { return nil }
        let (product, overflow) = count.multipliedReportingOverflow(by: factor)
        // The server keeps its timeouts in 32 bits.
        guard !overflow, product <= Int(Int32.max) else { return nil }
        milliseconds = product
    }

    private init(milliseconds: Int) {
        self.milliseconds = milliseconds
    }

    /// The same as a duration of the language.
    public var duration: Duration { .milliseconds(milliseconds) }

    /// The limit as the value of a server setting.
    public var setting: String { "\(milliseconds)ms" }

    /// The limit in seconds.
    public var seconds: Double { Double(milliseconds) / 1000 }

    /// The limit for people: `5s`, `500ms`.
    public var description: String {
        milliseconds % 1000 == 0 ? "\(milliseconds / 1000)s" : setting
    }

    private static let units = ["ms": 1, "s": 1000, "m": 60_000, "min": 60_000, "h": 3_600_000]
}
