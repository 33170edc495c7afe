/// Reads the elements of an array field in either format.
struct ArrayReader {
    private let cell: Cell

    init(_ cell: Cell) {
        self.cell = cell
    }

    func elements<Element: PostgresDecodable>(as type: Element.Type) throws(DecodingFailure) -> [Element] {
        let bytes = try cell.nonNull([Element].self)
        guard cell.type.element != nil || cell.type.isUserDefined else { throw cell.mismatch([Element].self) }
        return cell.format == .binary ? try binary(bytes) : try text(bytes)
    }

    /// The format is that of `array_recv`: dimensions, whether there are NULLs, the element type, for each dimension
    /// its length and lower bound, and the elements, each behind its length.
    private func binary<Element: PostgresDecodable>(
        _ bytes: UnsafeRawBufferPointer
    ) throws(DecodingFailure) -> [Element] {
        guard bytes.count >= 12 else { throw cell.mismatch([Element].self) }
        let dimensions = int32(bytes, at: 0)
        if dimensions == 0 { return [] }
        guard dimensions == 1, bytes.count >= 20 else { throw severalDimensions([Element].self) }
        let named = PostgresType(rawValue: UInt32(bitPattern: int32(bytes, at: 8)))
        // An array of a domain names the domain.
        let elementType = cell.wireType == .unknown ? named : cell.wireType
        var elements: [Element] = []
        var offset = 20
        for _ in 0..<int32(bytes, at: 12) {
            guard offset + 4 <= bytes.count else { throw cell.mismatch([Element].self) }
            let length = Int(int32(bytes, at: offset))
            let end = offset + 4 + max(0, length)
            guard end <= bytes.count else { throw cell.mismatch([Element].self) }
            let field = length < 0 ? nil : UnsafeRawBufferPointer(rebasing: bytes[offset + 4..<end])
            elements.append(try Element.decode(cell.element(field, elementType)))
            offset = end
        }
        return elements
    }

    private func text<Element: PostgresDecodable>(
        _ bytes: UnsafeRawBufferPointer
    ) throws(DecodingFailure) -> [Element] {
        guard var parser = TextArrayParser(bytes) else { throw cell.mismatch([Element].self) }
        guard !parser.isNested else { throw severalDimensions([Element].self) }
        guard let texts = parser.elements() else { throw cell.mismatch([Element].self) }
        let elementType = cell.type.element ?? .unknown
        var elements: [Element] = []
        elements.reserveCapacity(texts.count)
        for text in texts { elements.append(try element(text, elementType)) }
        return elements
    }

    private func element<Element: PostgresDecodable>(
        _ text: String?,
        _ type: PostgresType
    ) throws(DecodingFailure) -> Element {
        guard let text else { return try Element.decode(cell.element(nil, type)) }
        let bytes = Array(text.utf8)
        let result: Result<Element, DecodingFailure> = bytes.withUnsafeBytes { field in
            do throws(DecodingFailure) {
                return .success(try Element.decode(cell.element(field, type)))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private func int32(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Int32 {
        Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self))
    }

    private func severalDimensions<Value>(_ wanted: Value.Type) -> DecodingFailure {
        DecodingFailure(place: cell.place, wanted: "\(Value.self)", found: "an array of several dimensions")
    }
}

extension Cell {
    /// An element of this field, with the field's place.
    fileprivate func element(_ bytes: UnsafeRawBufferPointer?, _ type: PostgresType) -> Cell {
        Cell(bytes: bytes, type: type, format: format, place: place)
    }
}
