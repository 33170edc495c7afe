/// The name of a day as the server writes it, before its era is known.
enum CalendarDay: Hashable {
    case day(year: Int, month: Int, day: Int)
    case infinity
    case minusInfinity
}

extension TextScanner {
    /// `2026-11-21`, `infinity` or `-infinity`.
    mutating func calendarDay() -> CalendarDay? {
        if take("infinity") { return .infinity }
        if take("-infinity") { return .minusInfinity }
        guard let year = number(digits: 4), take("-"), let month = number(digits: 2), take("-"),
            let day = number(digits: 2)
        else { return nil }
        return .day(year: year, month: month, day: day)
    }
}
