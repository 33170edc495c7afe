/// Makes text of a file such that a database can keep it: a row may have been left out for the very reason that it has a
/// character which the database's encoding does not know.
///
/// Such characters are written as `\u{65E5}`. Of encodings other than UTF-8 and LATIN1 it is not known here what they hold,
/// so only ASCII stays as it is.
struct StorableText {
    private let lastCharacter: UInt32

    /// - Parameter encoding: the server's name for it.
    init(in encoding: String) {
        lastCharacter =
            switch encoding {
            // SQL_ASCII takes every byte.
            case "UTF8", "SQL_ASCII": .max
            case "LATIN1": 0xFF
            default: 0x7F
            }
    }

    /// The text, with what the database cannot keep written in another way.
    func storable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0.value > lastCharacter }) else { return text }
        var storable = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalar.value <= lastCharacter {
                storable.append(scalar)
            } else {
                let code = String(scalar.value, radix: 16, uppercase: true)
                storable.append(contentsOf: "\\u{\(code)}".unicodeScalars)
            }
        }
        return String(storable)
    }
}
