import CLibPQ
import Foundation

/// Opens a connection step by step, so that a failure comes with the server's SQLSTATE.
///
/// `PQconnectdb` would do in one call, but its error is a sentence in the server's language. Errors of the verbose form
/// carry the code, and the verbosity can only be set on a connection that is still being made.
struct ConnectionOpener {
    let options: ConnectionOptions

    func open() throws(PostgresError) -> OpaquePointer {
        guard let handle = start() else { throw failure(ConnectionReport("out of memory")) }
        PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
        let isAnswered = complete(handle)
        guard isAnswered, PQstatus(handle) == CONNECTION_OK else {
            let report = ConnectionReport(
                String(cString: PQerrorMessage(handle)),
                silentFor: isAnswered ? nil : options.connectTimeout
            )
            let target = describe(handle)
            PQfinish(handle)
            throw failure(report, target: target)
        }
        PQsetErrorVerbosity(handle, PQERRORS_DEFAULT)
        return handle
    }

    private func start() -> OpaquePointer? {
        let parameters = options.parameters
        let keywords: [UnsafePointer<CChar>?] = parameters.map { UnsafePointer(strdup($0.keyword)) }
        let values: [UnsafePointer<CChar>?] = parameters.map { UnsafePointer(strdup($0.value)) }
        defer { (keywords + values).forEach { free(UnsafeMutablePointer(mutating: $0)) } }
        // The text was taken apart already: a database may well be called "a=b".
        return PQconnectStartParams(keywords + [nil], values + [nil], 0)
    }

    /// Waits for the socket as libpq asks until the session stands or fails; `false` when the time was over before.
    private func complete(_ handle: OpaquePointer) -> Bool {
        let deadline = Date(timeIntervalSinceNow: Double(options.connectTimeout))
        // A host that cannot be resolved has failed before there is a socket to wait for.
        if PQstatus(handle) == CONNECTION_BAD { return true }
        var wanted = PGRES_POLLING_WRITING
        while wanted != PGRES_POLLING_OK, wanted != PGRES_POLLING_FAILED {
            let events = wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT
            var poller = pollfd(fd: PQsocket(handle), events: Int16(events), revents: 0)
            let left = Int32(deadline.timeIntervalSinceNow * 1000)
            let ready = left > 0 ? poll(&poller, 1, left) : 0
            if ready == 0 { return false }
            if ready > 0 { wanted = PQconnectPoll(handle) }
        }
        return true
    }

    private func describe(_ handle: OpaquePointer) -> String {
        func text(_ value: UnsafeMutablePointer<CChar>?) -> String? {
            value.map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
        }
        let parts = [
            ("host", text(PQhost(handle))), ("port", text(PQport(handle))), ("dbname", text(PQdb(handle))),
            ("user", text(PQuser(handle))),
        ]
        return parts.compactMap { name, value in value.map { "\(name)=\($0)" } }.joined(separator: " ")
    }

    private func failure(_ report: ConnectionReport, target: String? = nil) -> PostgresError {
        .connection(
            ConnectionFailure(
                kind: report.kind,
                sqlState: report.sqlState,
                message: SecretMask.mask(report.message),
                target: SecretMask.mask(target ?? options.description)
            )
        )
    }
}
