/// Notices `COPY table [(columns)] FROM STDIN` while its tokens go by.
struct CopyDetector {
    private enum State {
        case start, copy, from, found, other
    }

    private var state = State.start

    var isCopyFromStdin: Bool { state == .found }

    mutating func take(_ token: Token, isTopLevel: Bool, in bytes: [UInt8]) {
        switch state {
        case .start: state = bytes.isKeyword(token, "COPY") ? .copy : .other
        case .copy: if isTopLevel, bytes.isKeyword(token, "FROM") { state = .from }
        case .from: state = bytes.isKeyword(token, "STDIN") ? .found : .copy
        case .found, .other: break
        }
    }
}
