/// Notices `COPY table [(columns)] FROM STDIN` while its tokens go by. The grammar takes `STDOUT` there as well,
/// with the same meaning.
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
        case .from:
            let isClient = bytes.isKeyword(token, "STDIN") || bytes.isKeyword(token, "STDOUT")
            state = isClient ? .found : .copy
        case .found, .other: break
        }
    }
}
