/// What libpq's verbose text says about a connection that could not be made.
struct ConnectionReport {
    let message: String
    let sqlState: SQLState?

    /// - Parameter silence: the seconds in which nobody has answered. libpq's text is then the beginning of a sentence, behind
    ///   what it has to say of other hosts.
    init(_ text: String, silentFor silence: Int32? = nil) {
        let lines = text.split(separator: "\n").filter { !$0.hasPrefix("LOCATION:") }.map {
            String($0).trimmed
        }
        let whole = lines.joined(separator: " ")
        if let silence {
            (message, sqlState) = ("\(whole) no answer within \(silence) s".trimmed, nil)
        } else if let fatal = whole.firstRange(of: "FATAL:  ") ?? whole.firstRange(of: ":  "),
            let colon = whole[fatal.upperBound...].firstIndex(of: ":"),
            whole.distance(from: fatal.upperBound, to: colon) == 5
        {
            sqlState = SQLState(rawValue: String(whole[fatal.upperBound..<colon]))
            message = String(whole[whole.index(after: colon)...]).trimmed
        } else {
            (message, sqlState) = (whole, nil)
        }
    }

    var kind: ConnectionFailure.Kind {
        switch sqlState {
        case .invalidPassword, .invalidAuthorization: .authentication
        case .invalidCatalogName: .databaseMissing
        case .tooManyConnections, .cannotConnectNow, .adminShutdown: .busy
        case .some: .other
        case nil: kindWithoutCode
        }
    }

    /// libpq's own messages carry no code; those about the password are its only ones that are not about the way there.
    private var kindWithoutCode: ConnectionFailure.Kind {
        if message.contains("no password supplied") || message.contains("SCRAM") { return .authentication }
        if message.contains("SSL") || message.contains("certificate") { return .other }
        return .unreachable
    }
}
