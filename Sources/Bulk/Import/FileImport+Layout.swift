extension FileImport {
    /// How the records of the file are written, where they are fields between delimiters.
    var layout: CSVFormat {
        guard format == .text else { return csv }
        var layout = CSVFormat()
        (layout.delimiter, layout.quote) = (text.delimiter, nil)
        (layout.header, layout.linesBefore) = (text.header, text.linesBefore)
        layout.maximumRecordSize = maximumRecordSize
        layout.notation = .copyText(NullTokens(ofText: null))
        return layout
    }

    /// Whether the file has fields between delimiters, and names them in its first record.
    var hasHeader: Bool { format != .ndjson && layout.header == .present }

    /// Checks that the characters can be told apart.
    package func validateLayout() throws(CSVFormatError) {
        if format == .text { try text.validate(null: null) } else { try csv.validate() }
    }
}
