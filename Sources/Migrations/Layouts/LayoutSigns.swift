/// What the text of a file says about the tool it was written for.
struct LayoutSigns: OptionSet, Sendable {
    let rawValue: Int

    /// A line `-- migrate:up` or `-- migrate:down`, or one that was meant for it.
    static let native = LayoutSigns(rawValue: 1)
    /// More than one `-- migrate:up`.
    static let repeatedSections = LayoutSigns(rawValue: 2)
    /// A line `-- +goose ...`.
    static let goose = LayoutSigns(rawValue: 4)
    /// A line `---- create above / drop below ----` or `---- tern: disable-tx ----`.
    static let tern = LayoutSigns(rawValue: 8)
    /// `-- no-transaction` as the first bytes.
    static let sqlx = LayoutSigns(rawValue: 16)
    /// A line `-- +migrate ...`.
    static let sqlMigrate = LayoutSigns(rawValue: 32)

    init(rawValue: Int) {
        self.rawValue = rawValue
    }

    /// Looks through the lines that are comments. It reads no SQL: a file is searched before anybody knows how
    /// it is to be read.
    init(_ bytes: [UInt8]) {
        self = []
        if bytes.starts(with: "-- no-transaction".utf8) { insert(.sqlx) }
        var ups = 0
        let bytes = bytes.withoutByteOrderMark
        for line in TextLines(bytes) {
            guard let text = Self.comment(bytes, line.range) else { continue }
            if TernFile.isMarker(text) { insert(.tern) }
            let marker = MarkerText(text)
            switch marker.words.first?.lowercased() {
            case "+goose": insert(.goose)
            case "+migrate": insert(.sqlMigrate)
            default: break
            }
            if marker.direction == .up { ups += 1 }
            if marker.direction != nil || marker.looksNative { insert(.native) }
        }
        if ups > 1 { insert(.repeatedSections) }
    }

    /// The text of a line if it is a comment that may be a marker: those begin with `m`, `+` or a third dash.
    private static func comment(_ bytes: [UInt8], _ range: Range<Int>) -> String? {
        var range = range
        while let first = range.first, bytes[first].isBlank { range.removeFirst() }
        guard bytes.startsComment(range) else { return nil }
        let letter = bytes[range.dropFirst(2)].first { !$0.isBlank }
        guard let letter, "mM+-".utf8.contains(letter) else { return nil }
        return String(decoding: bytes[range], as: UTF8.self)
    }
}

extension UInt8 {
    fileprivate var isBlank: Bool { self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") }
}
