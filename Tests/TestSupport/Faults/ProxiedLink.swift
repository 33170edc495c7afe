import Foundation
import Synchronization

/// One client's connection through the proxy: two threads, one for each direction.
final class ProxiedLink: Sendable {
    private struct State {
        var tracker = ProtocolTracker()
        var isCut = false
        var threads = 2
        /// The fault that has struck, and the ReadyForQuery that must come before the client is cut off.
        var withheld: (fault: ArmedFault, replies: Int)?
        /// The server's process.
        var backend: Int32?
        /// While the server crashes nothing of what the client sends gets on.
        var requests = Requests.pass
    }

    private enum Requests { case pass, held }

    private enum RequestCode {
        static let cancel = 80_877_102
        static let tls = 80_877_103
        static let gss = 80_877_104
    }

    private let client: StreamSocket
    private let server: StreamSocket
    private let proxy: FaultProxy
    private let state = Mutex(State())

    init(client: StreamSocket, server: StreamSocket, proxy: FaultProxy) {
        self.client = client
        self.server = server
        self.proxy = proxy
    }

    var isCut: Bool { state.withLock { $0.isCut } }

    /// Whether the client's messages are held back while the rest of the traffic goes on: those that do not belong to
    /// the answer behind which the server crashes. A Sync may have to come first for that one to end.
    var holdsRequests: Bool {
        state.withLock { state in
            guard !state.isCut, state.requests == .pass else { return !state.isCut }
            guard let withheld = state.withheld, case .crash = withheld.fault.fault else { return false }
            return state.tracker.outstanding >= withheld.replies
        }
    }

    func start() {
        Thread.detachNewThread { self.end(after: self.pumpRequests) }
        Thread.detachNewThread { self.end(after: self.pumpReplies) }
    }

    /// Ends both directions at once; the threads then let go of the sockets.
    func cut() {
        state.withLock { state in
            guard !state.isCut else { return }
            state.isCut = true
            client.shutdown()
            server.shutdown()
        }
        proxy.wake()
    }

    private func end(after pump: () -> Void) {
        pump()
        cut()
        guard
            state.withLock({
                $0.threads -= 1; return $0.threads == 0
            })
        else { return }
        client.close()
        server.close()
        proxy.forget(self)
    }
}

// MARK: - From the client to the server

extension ProxiedLink {
    private func pumpRequests() {
        var reader = FrameReader()
        guard forwardStartup(&reader) else { return }
        while true {
            while let message = reader.next() {
                guard forward(message) else { return }
            }
            guard let bytes = client.read() else { return }
            reader.append(bytes)
        }
    }

    /// Says no to encryption, so that everything that follows can be read.
    private func forwardStartup(_ reader: inout FrameReader) -> Bool {
        while true {
            while let packet = reader.nextStartup() {
                switch packet.code {
                case RequestCode.tls, RequestCode.gss:
                    guard client.write([UInt8(ascii: "N")]) else { return false }
                default:
                    proxy.waitWhileStalled(self)
                    return server.write(packet.bytes)
                }
            }
            guard let bytes = client.read() else { return false }
            reader.append(bytes)
        }
    }

    private func forward(_ message: Frame) -> Bool {
        // What is held back has not been sent: the answer that is on its way does not wait for it.
        proxy.waitWhileHeld(self)
        let statement = state.withLock { $0.tracker.client(message) }
        guard let (fault, bytes) = proxy.strike(for: message, statement: statement) else {
            proxy.waitWhileStalled(self)
            return server.write(message.bytes)
        }
        switch fault.fault {
        case .loseRequest:
            _ = server.write(Array(message.bytes.prefix(bytes)))
            proxy.finish(fault, on: self)
            return false
        case .loseReply, .stallReply, .crash:
            state.withLock { $0.withheld = (fault, $0.tracker.repliesUntilDone(with: message)) }
            return server.write(message.bytes)
        case .stall:
            proxy.stall()
            fault.gate.open()
            proxy.waitWhileStalled(self)
            return server.write(message.bytes)
        }
    }
}

// MARK: - From the server to the client

extension ProxiedLink {
    private func pumpReplies() {
        var reader = FrameReader()
        var held: [UInt8] = []
        while let bytes = server.read() {
            reader.append(bytes)
            while let message = reader.next() {
                held += message.bytes
                guard follow(message, &held) else { return }
            }
            guard !state.withLock({ $0.withheld != nil }) else { continue }
            proxy.waitWhileStalled(self)
            guard client.write(held) else { return }
            held = []
        }
    }

    /// Strikes when this message or the answer that it completes sets a fault off; whether the link is still whole.
    private func follow(_ message: Frame, _ held: inout [UInt8]) -> Bool {
        if let fault = proxy.strike(forReply: message), !meet(fault) { return false }
        guard let struck = fault(completedBy: message) else { return true }
        switch struck.fault {
        case .stallReply:
            proxy.stall()
            struck.gate.open()
            return true
        case .crash(let crash):
            proxy.waitWhileStalled(self)
            _ = client.write(held)
            let backend = state.withLock { $0.backend }
            // Where the server does not come back the gate stays closed, and the test says so.
            if (try? crash.strike(proxy.server, backend: backend)) != nil { proxy.finish(struck, on: self) }
            return false
        default:
            proxy.finish(struck, on: self)
            return false
        }
    }

    /// Begins what a fault does to an answer; whether the link is still whole.
    private func meet(_ fault: ArmedFault) -> Bool {
        switch fault.fault {
        case .loseRequest:
            proxy.finish(fault, on: self)
            return false
        case .stall:
            proxy.stall()
            fault.gate.open()
        case .loseReply, .stallReply, .crash:
            state.withLock { $0.withheld = (fault, 1) }
        }
        return true
    }

    /// Keeps the books; the fault whose answer is complete with this message.
    private func fault(completedBy message: Frame) -> ArmedFault? {
        state.withLock { state in
            state.tracker.server(message)
            if let backend = message.backend { state.backend = backend }
            guard let withheld = state.withheld else { return nil }
            // A server that has begun a COPY says no more until it has the rows.
            let takesRows = message.type == UInt8(ascii: "G") && withheld.replies == 1
            guard message.type == UInt8(ascii: "Z") || takesRows else { return nil }
            let isComplete = withheld.replies == 1
            switch withheld.fault.fault {
            case .stallReply where isComplete: state.withheld = nil
            case .crash where isComplete: (state.withheld, state.requests) = (nil, .held)
            default: state.withheld = (withheld.fault, withheld.replies - 1)
            }
            return isComplete ? withheld.fault : nil
        }
    }
}
