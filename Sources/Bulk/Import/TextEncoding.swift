/// What the bytes of a file are written in.
struct TextEncoding {
    /// UTF-8, which is read as it is.
    static let utf8 = TextEncoding(nil)

    /// The name that `iconv` knows it by; `nil` for UTF-8.
    let name: String?

    /// - Parameter name: a name of PostgreSQL or of `iconv`; none is UTF-8.
    init(_ name: String?) {
        let known = name.map { $0.uppercased() }.map { Self.names[$0] ?? $0 }
        self.name = known.flatMap { Self.ownNames.contains($0) ? nil : $0 }
    }

    /// Whether a text may be a name: iconv takes orders behind a slash, for instance to leave out what it cannot read.
    static func isName(_ text: String) -> Bool {
        !text.isEmpty && !text.hasPrefix("-")
            && text.utf8.allSatisfy { byte in
                let isLetter = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                return isLetter || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || "-_.:+".utf8.contains(byte)
            }
    }

    private static let ownNames: Set<String> = ["UTF8", "UTF-8", "UNICODE"]

    /// Names of PostgreSQL ("Character Set Support" in its manual) that iconv has others for.
    private static let names = [
        "WIN866": "CP866", "WIN874": "CP874", "WIN1250": "CP1250", "WIN1251": "CP1251", "WIN1252": "CP1252",
        "WIN1253": "CP1253", "WIN1254": "CP1254", "WIN1255": "CP1255", "WIN1256": "CP1256",
        "WIN1257": "CP1257",
        "WIN1258": "CP1258", "WIN": "CP1251", "WIN949": "CP949", "UHC": "CP949", "WIN936": "GBK",
        "WIN950": "BIG5",
        "WIN932": "CP932", "SJIS": "CP932", "SHIFT_JIS_2004": "SHIFT_JISX0213",
        "EUC_JIS_2004": "EUC-JISX0213",
        "EUC_JP": "EUC-JP", "EUC_CN": "EUC-CN", "EUC_KR": "EUC-KR", "EUC_TW": "EUC-TW", "KOI8R": "KOI8-R",
        "KOI8U": "KOI8-U", "KOI8": "KOI8-R", "ALT": "CP866", "ISO_8859_5": "ISO-8859-5",
        "ISO_8859_6": "ISO-8859-6",
        "ISO_8859_7": "ISO-8859-7", "ISO_8859_8": "ISO-8859-8", "LATIN9": "ISO-8859-15",
        "LATIN10": "ISO-8859-16",
        "TCVN": "CP1258", "ABC": "CP1258", "VSCII": "CP1258",
    ]
}
