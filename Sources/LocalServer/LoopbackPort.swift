#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

enum LoopbackPort {
    /// Lets the kernel choose: bind to port 0 and read the answer.
    static func unused() throws(LocalServerError) -> UInt16 {
        let descriptor = socket(AF_INET, streamSocket, 0)
        guard descriptor >= 0 else { throw .system("create a socket", "127.0.0.1", code: errno) }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let answer = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 ? getsockname(descriptor, $0, &size) : -1
            }
        }
        guard answer == 0 else { throw .system("bind", "127.0.0.1", code: errno) }
        return UInt16(bigEndian: address.sin_port)
    }
}

#if canImport(Darwin)
    let streamSocket = SOCK_STREAM
#else
    let streamSocket = Int32(SOCK_STREAM.rawValue)
#endif
