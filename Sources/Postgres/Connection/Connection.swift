import CLibPQ
import Synchronization

/// One session with the server, blocking and for one user at a time.
///
/// A connection is not `Sendable`: it is lent to a synchronous closure by ``Session`` and ``SessionPool`` and cannot
/// leave it, so nothing can come between the statements of a transaction. A command that has a thread of its own may
/// also open one directly.
public final class Connection {
    var handle: OpaquePointer?
    private let notices: NoticeSink
    /// What the connection was opened with.
    public let options: ConnectionOptions
    /// Tells this connection from every other one of the process, also from the one that takes its place: what was known of a
    /// session is not known of the next.
    package let number = Connection.opened.wrappingAdd(1, ordering: .relaxed).newValue
    private static let opened = Atomic<UInt64>(0)
    /// Made with SET LOCAL at the beginning of each transaction, where a pooler lets nothing last longer.
    var transactionSettings: [TransactionOptions.Setting] = []
    /// What the types of this database are made of, as far as they have been met.
    var wireTypes: [PostgresType: PostgresType] = [:]
    /// What was prepared in this session under names of ours.
    var prepared = PreparedStatements()
    /// Called again and again while the server works on a statement.
    var watch: Watch?

    /// Opens another connection like this one, with the settings that its ``Session`` makes.
    package internal(set) lazy var opener: @Sendable () throws -> Connection = { [options] in
        try Connection(options)
    }

    /// Opens a connection.
    ///
    /// - Throws: ``PostgresError/connection(_:)`` with the address, the reason and a hint.
    public init(_ options: ConnectionOptions) throws(PostgresError) {
        self.options = options
        notices = NoticeSink()
        handle = try ConnectionOpener(options: options).open()
        PQsetNoticeReceiver(
            handle,
            { sink, result in
                guard let sink, let result else { return }
                Unmanaged<NoticeSink>.fromOpaque(sink).takeUnretainedValue().receive(result)
            },
            Unmanaged.passUnretained(notices).toOpaque()
        )
    }

    deinit { close() }

    /// Ends the session; an open transaction is rolled back by the server.
    public func close() {
        if let handle { PQfinish(handle) }
        handle = nil
    }

    /// Called with each notice and warning of the server, on the thread that runs the statement.
    public var onNotice: ((Notice) -> Void)? {
        get { notices.handler }
        set { notices.handler = newValue }
    }

    /// The process id of the server's backend, as `pg_stat_activity` shows it.
    public var backendID: Int32 { handle.map(PQbackendPID) ?? 0 }

    /// Whether the server can be written to: false while it is a standby. It has said so by itself; before version 14 a server
    /// does not, and there its refusal tells.
    package var takesWrites: Bool {
        guard let handle, let status = PQparameterStatus(handle, "in_hot_standby") else { return true }
        return String(cString: status) != "on"
    }

    /// The server's version as one number: 150018 is 15.18.
    public var serverVersion: Int { Int(handle.map(PQserverVersion) ?? 0) }

    /// Whether the server is on this machine, behind a Unix socket.
    package var isLocal: Bool {
        handle.flatMap { PQhost($0) }.map { String(cString: $0).hasPrefix("/") } ?? false
    }

    /// Whether the connection looks usable; a server that vanished is only noticed by the next statement.
    public var isOpen: Bool { handle.map { PQstatus($0) == CONNECTION_OK } ?? false }

    /// Where the session stands, as the server said after the last statement.
    public var transactionStatus: TransactionStatus {
        switch handle.map(PQtransactionStatus) {
        case PQTRANS_IDLE: .idle
        case PQTRANS_ACTIVE: .active
        case PQTRANS_INTRANS: .inTransaction
        case PQTRANS_INERROR: .failed
        default: .unknown
        }
    }

    /// A handle by which another thread can cancel what this connection is running.
    public func makeCanceller() -> Canceller? {
        handle.flatMap { PQgetCancel($0) }.map(Canceller.init)
    }

    /// Whether the session keeps statements that ``Exchange/sendPrepared(_:)`` has prepared.
    package var hasPreparedStatements: Bool { !prepared.isEmpty }

    /// To be called by whoever sends `DEALLOCATE ALL` or `DISCARD ALL`.
    package func forgetPreparedStatements() {
        prepared.forget()
    }

    /// The handle of an open connection.
    func open() throws(PostgresError) -> OpaquePointer {
        guard let handle, PQstatus(handle) == CONNECTION_OK else { throw lost() }
        return handle
    }

    /// The server's last words, when it ended the session while no statement was under way.
    var farewell: Notice? { notices.farewell }

    /// The error for a connection that is gone, with libpq's reason and the server's code, if it gave one.
    func lost(_ kind: ConnectionFailure.Kind = .lost) -> PostgresError {
        let reason = handle.map { String(cString: PQerrorMessage($0)).trimmed } ?? ""
        let words = reason.isEmpty ? farewell?.message ?? "" : reason
        let message = words.isEmpty ? "the connection is closed" : SecretMask.mask(words)
        return .connection(
            ConnectionFailure(
                kind: kind,
                sqlState: farewell?.sqlState,
                message: message,
                target: options.description
            )
        )
    }
}

/// Where a session stands between two statements.
public enum TransactionStatus: Sendable, Hashable {
    /// No transaction is open.
    case idle
    /// A statement is under way.
    case active
    /// A transaction is open.
    case inTransaction
    /// A transaction is open and has failed: only ROLLBACK is accepted.
    case failed
    /// The connection is gone.
    case unknown
}
