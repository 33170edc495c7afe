/// Numbers and times as people read them.
enum Numbers {
    /// `1234567` as `1,234,567`.
    static func grouped(_ number: Int) -> String {
        var digits = String(number.magnitude)
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return (number < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
    }

    /// `1 row`, `2,000 rows`.
    static func count(_ number: Int, _ noun: String) -> String {
        "\(grouped(number)) \(noun)\(number == 1 ? "" : "s")"
    }

    /// `0.42 s`, `12 s`, `3 min 20 s`, `2 h 05 min`.
    static func duration(_ seconds: Double) -> String {
        guard seconds >= 10 else { return "\(decimals(seconds, seconds < 1 ? 2 : 1)) s" }
        let whole = Int(seconds.rounded())
        if whole < 100 { return "\(whole) s" }
        if whole < 3600 { return "\(whole / 60) min \(padded(whole % 60)) s" }
        return "\(grouped(whole / 3600)) h \(padded(whole % 3600 / 60)) min"
    }

    /// A percentage without decimals; 100 only when all is done.
    static func percent(_ part: Int, of whole: Int) -> Int {
        guard whole > 0 else { return 0 }
        return part >= whole ? 100 : min(99, Int(Double(part) / Double(whole) * 100))
    }

    private static func decimals(_ value: Double, _ count: Int) -> String {
        let factor = count == 2 ? 100.0 : 10.0
        let scaled = Int((max(0, value) * factor).rounded())
        let fraction = String(scaled % Int(factor))
        return "\(scaled / Int(factor))." + String(repeating: "0", count: count - fraction.count) + fraction
    }

    private static func padded(_ number: Int) -> String {
        number < 10 ? "0\(number)" : String(number)
    }
}
