/// A field that does not hold what the caller asked for.
public struct DecodingFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// Where the field stands.
    public struct Place: Hashable, Sendable {
        /// The column's name.
        public let column: String
        /// The row's position in its result, from 0.
        public let row: Int
    }

    /// Where the field stands.
    public let place: Place
    /// The Swift type asked for.
    public let wanted: String
    /// What is there.
    public let found: String

    /// One line for people.
    public var description: String {
        "column \(place.column) of row \(place.row + 1) cannot be read as \(wanted): found \(found)"
    }
}
