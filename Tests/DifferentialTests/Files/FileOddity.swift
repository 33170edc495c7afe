/// What is odd about a file.
enum FileOddity: CaseIterable {
    case mixedLineEnds, blankLines, byteOrderMark, lastLineWithoutEnd, nothing, longField, aroundBlock
    case tooFew, tooMany, quoteInside, textBehindQuote, openQuote, nulByte, invalidUTF8, unknownColumn

    /// Whether the file cannot be read because of it, at least one record of it.
    var isMistake: Bool { Self.mistakes.contains(self) }

    /// Those that are about one record; behind it the file can be read.
    var isAboutRecord: Bool { isMistake && self != .openQuote && self != .unknownColumn }

    static let mistakes: [FileOddity] = [
        .tooFew, .tooMany, .quoteInside, .textBehindQuote, .openQuote, .nulByte, .invalidUTF8, .unknownColumn,
    ]
}

/// Where we read otherwise than the server's COPY on purpose. The server gets a file without it, which says the same by its
/// rules; the test wants each of them to be needed.
enum ServerDifference: String, CaseIterable {
    /// Lines end with LF, CR LF or CR, each as it does: files are put together from pieces of several systems. The server goes by the
    /// first line and refuses what ends otherwise.
    case mixedLineEnds
    /// An empty line is no record where records have several fields. For the server it is one with too few.
    case blankLines
    /// The mark is no part of the first field. Before version 17 COPY takes it for data.
    case byteOrderMark
    /// `\.` alone in a line is a value. COPY FROM STDIN ends there without a word, and the rest of the file is missing.
    case endOfDataMark
    /// With an escape doubled quotes are read all the same: many programs write both. The server drops them.
    case doubledQuotes
    /// Blanks around a field are left out on demand (`--trim`).
    case blanksAround
    /// Lines before the header are left out on demand (`--skip-lines`).
    case linesBefore
    /// Several texts may mean NULL. The server knows one.
    case severalNulls
    /// A file without a header that should have one is refused, because most likely it is the wrong one. The server finds no row in it.
    case noHeader
    /// A quote inside of a field that does not begin with one, or text behind a closing one, is refused: most often the
    /// delimiter is another one. The server takes the quotes out and reads on, over delimiters and line ends.
    case strayQuotes
}

/// Where Python's `csv` reads otherwise, so that it cannot be asked.
enum PythonDifference: String, CaseIterable {
    /// An escape means something outside of quotes and before any character.
    case escapes
    /// Blanks behind a field stay.
    case blanksAround
    /// A quote inside of a field is a part of it.
    case quoteInside
    /// NUL is a character like others.
    case nulByte
    /// What names of columns mean is not its business.
    case unknownColumn
    /// The same for a file without any.
    case noHeader
}
