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
    }

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
        case .loseReply, .stallReply:
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
            held += bytes
            while let message = reader.next() {
                guard follow(message) else { return }
            }
            guard !state.withLock({ $0.withheld != nil }) else { continue }
            proxy.waitWhileStalled(self)
            guard client.write(held) else { return }
            held = []
        }
    }

    /// Keeps the books; when the answer that was to be withheld is complete, strikes.
    private func follow(_ message: Frame) -> Bool {
        let struck: ArmedFault? = state.withLock { state in
            state.tracker.server(message)
            guard message.type == UInt8(ascii: "Z"), let withheld = state.withheld else { return nil }
            let isComplete = withheld.replies == 1
            let isStalled = if case .stallReply = withheld.fault.fault { true } else { false }
            state.withheld = isComplete && isStalled ? nil : (withheld.fault, withheld.replies - 1)
            return isComplete ? withheld.fault : nil
        }
        guard let struck else { return true }
        if case .stallReply = struck.fault {
            proxy.stall()
            struck.gate.open()
            return true
        }
        proxy.finish(struck, on: self)
        return false
    }
}
