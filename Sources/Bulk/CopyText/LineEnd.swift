/// What the lines of a file in the text format of COPY end with: all of them with the same, as the server wants it. A line end of another
/// kind inside a value would else cut a row in two unseen.
enum LineEnd: Hashable {
    case lineFeed
    case carriageReturn
    /// CR LF.
    case pair

    /// The line end at the front; none when it is not one.
    init?(_ bytes: UnsafeRawBufferPointer) {
        switch bytes.first {
        case UInt8(ascii: "\n"): self = .lineFeed
        case UInt8(ascii: "\r"): self = bytes.count == 1 ? .carriageReturn : .pair
        default: return nil
        }
    }
}
