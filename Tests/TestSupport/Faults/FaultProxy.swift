import Foundation
public import LocalServer
public import Postgres
import Synchronization

/// Stands between a client and the server and breaks the link when a test wants it broken.
///
/// Made by `withFaultProxy`. It listens on a Unix socket in a folder of its own, so the way round it needs no
/// password and is closed to other users. Everything runs on plain threads: it works however busy the tasks are.
///
/// ```swift
/// try await withFaultProxy(for: database) { proxy in
///     let lost = proxy.arm(.statement(containing: "COMMIT"), .loseReply)
///     ...                                 // run the code under test over proxy.options
///     try await lost.wait()               // the server has committed, the client was never told
/// }
/// ```
public final class FaultProxy: Sendable {
    private struct State {
        var traffic = Traffic.flows
        /// The number of the listening thread that may go on; its socket is its own to close.
        var listener: Int?
        var listeners = 0
        var links: [ObjectIdentifier: ProxiedLink] = [:]
        var armed: [ArmedFault] = []
        var accepted = 0
        var server: PrivateServer
    }

    private enum Traffic { case flows, stalled }

    private let database: TestDatabase
    private let folder: String
    private let state: Mutex<State>
    private let changed = NSCondition()

    private var socketFile: String { folder + "/.s.PGSQL.5432" }

    init(for database: TestDatabase) throws {
        self.database = database
        state = Mutex(State(server: database.server))
        folder = "/tmp/caisson-proxy-" + String(UInt32.random(in: 0...UInt32.max), radix: 36)
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700]
        )
        try comeBack()
    }
}

// MARK: - For clients

extension FaultProxy {
    /// The way to the database through this proxy.
    public var options: ConnectionOptions {
        get throws {
            var options = try database.options
            options.set("host", folder)
            options.set("port", "5432")
            return options
        }
    }

    /// The same as a URL, for a program of its own.
    public var connectionString: String { connectionString(user: database.server.configuration.superuser) }

    /// A URL for another user.
    public func connectionString(user: String) -> String {
        "postgresql://\(user)@/\(database.name)?host=\(folder)&port=5432"
    }

    /// Leads connections from now on to another server, as an address does that moves.
    public func lead(to server: PrivateServer) {
        state.withLock { $0.server = server }
    }

    /// The server that new connections are led to.
    public var server: PrivateServer { state.withLock { $0.server } }

    /// How many connections it has let in so far.
    public var connectionsAccepted: Int { state.withLock { $0.accepted } }
}

// MARK: - Faults

extension FaultProxy {
    /// Lets everything through again that `stall()` or a stalling fault holds back.
    public func pass() { set(.flows) }

    /// Holds back every byte in both directions, with all connections open.
    public func stall() { set(.stalled) }

    /// Cuts all connections there are. New ones are let in.
    public func cut() {
        let links = state.withLock { Array($0.links.values) }
        links.forEach { $0.cut() }
    }

    /// Cuts all connections and takes no new ones, as if the server were down, until `comeBack()`.
    public func refuse() {
        closeDoor()
        cut()
    }

    private func closeDoor() {
        state.withLock { $0.listener = nil }
        unlink(socketFile)
    }

    /// Takes connections again after `refuse()`.
    public func comeBack() throws {
        let listener = try StreamSocket.listening(at: socketFile)
        let number = state.withLock { state in
            state.listeners += 1
            state.listener = state.listeners
            return state.listeners
        }
        Thread.detachNewThread { self.serve(listener, number: number) }
    }

    /// Prepares one fault; it strikes once, the first time that a connection meets the trigger.
    ///
    /// - Parameter outcome: what new connections find afterwards.
    /// - Returns: a gate that opens when the fault has struck.
    public func arm(_ trigger: FaultTrigger, _ fault: Fault, then outcome: FaultOutcome = .pass) -> Gate {
        let gate = Gate("the fault at \(trigger)")
        let armed = ArmedFault(trigger: trigger, fault: fault, outcome: outcome, gate: gate)
        state.withLock { $0.armed.append(armed) }
        return gate
    }

    func close() {
        refuse()
        try? FileManager.default.removeItem(atPath: folder)
    }
}

// MARK: - For the links

extension FaultProxy {
    /// The fault that this message sets off, if any; it is disarmed with that.
    func strike(for message: Frame, statement: String?) -> (fault: ArmedFault, bytesToForward: Int)? {
        state.withLock { state in
            for index in state.armed.indices {
                guard let bytes = state.armed[index].meets(message, statement: statement) else { continue }
                return (state.armed.remove(at: index), bytes)
            }
            return nil
        }
    }

    /// The fault that this message of the server sets off, if any; it is disarmed with that.
    func strike(forReply message: Frame) -> ArmedFault? {
        // Nearly all messages are rows.
        guard message.sqlState != nil else { return nil }
        return state.withLock { state in
            for index in state.armed.indices where state.armed[index].meets(reply: message) {
                return state.armed.remove(at: index)
            }
            return nil
        }
    }

    func finish(_ fault: ArmedFault, on link: ProxiedLink) {
        if case .refuse = fault.outcome { closeDoor() }
        // First the gate: a client that finds itself cut off may look at it at once.
        fault.gate.open()
        if case .refuse = fault.outcome { cut() } else { link.cut() }
    }

    /// Blocks the calling thread while the traffic is stalled and the link is whole.
    func waitWhileStalled(_ link: ProxiedLink) {
        changed.lock()
        while state.withLock({ $0.traffic }) == .stalled && !link.isCut { changed.wait() }
        changed.unlock()
    }

    /// Blocks the calling thread while the messages of the link's client are held back.
    func waitWhileHeld(_ link: ProxiedLink) {
        changed.lock()
        while link.holdsRequests { changed.wait() }
        changed.unlock()
    }

    func forget(_ link: ProxiedLink) {
        state.withLock { _ = $0.links.removeValue(forKey: ObjectIdentifier(link)) }
    }

    private func set(_ traffic: Traffic) {
        state.withLock { $0.traffic = traffic }
        wake()
    }

    func wake() {
        changed.lock()
        changed.broadcast()
        changed.unlock()
    }

    private func serve(_ listener: StreamSocket, number: Int) {
        while state.withLock({ $0.listener }) == number {
            guard listener.awaitInput(milliseconds: 20), let client = listener.accept() else { continue }
            guard let server = try? StreamSocket.connected(to: self.server.socketFile) else {
                client.close()
                continue
            }
            let link = ProxiedLink(client: client, server: server, proxy: self)
            state.withLock { state in
                state.accepted += 1
                state.links[ObjectIdentifier(link)] = link
            }
            link.start()
        }
        listener.close()
    }
}

/// Puts a proxy before the database for the time of the body.
public func withFaultProxy<Result>(
    for database: TestDatabase,
    _ body: (FaultProxy) async throws -> Result
) async throws -> Result {
    let proxy = try FaultProxy(for: database)
    defer { proxy.close() }
    return try await body(proxy)
}
