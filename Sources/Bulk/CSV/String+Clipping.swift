extension String {
    /// The text of bytes for a message: at most `limit` bytes, no half characters at the cut, no control
    /// characters.
    init(clipping bytes: some Collection<UInt8>, to limit: Int) {
        let isLong = bytes.count > limit
        var kept = Array(bytes.prefix(limit))
        // A cut in the middle of a sequence would show as a replacement character that is not in the file.
        while isLong, let last = kept.last, last & 0xC0 == 0x80 { kept.removeLast() }
        if isLong, let last = kept.last, last >= 0xC0 { kept.removeLast() }
        let printable = String(decoding: kept, as: UTF8.self).unicodeScalars.map { scalar in
            scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar
        }
        self = String(String.UnicodeScalarView(printable)) + (isLong ? "…" : "")
    }
}
