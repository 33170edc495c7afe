import Foundation

/// What one run of a case took.
package struct CaseResult: Codable {
    /// Wall-clock seconds of what is compared.
    package let seconds: Double
    /// The seconds behind it that the peers do not have: ANALYZE and the verification.
    package let closingSeconds: Double?
    /// The most memory that was resident at a time, in bytes; `nil` for programs that do not tell.
    package let peakMemory: Int?
    /// The CPU seconds of the program, from its start on.
    package let cpuSeconds: Double?
    /// The CPU seconds of the program while the clock ran: user and system, all its threads.
    package let ownSeconds: Double?
    /// The CPU seconds of its sessions on the server.
    package var serverSeconds: Double?

    /// A run of this process that took so many seconds.
    package init(seconds: Double, closingSeconds: Double? = nil, ownSeconds: Double? = nil) {
        self.seconds = seconds
        self.closingSeconds = closingSeconds
        self.ownSeconds = ownSeconds
        peakMemory = Self.peakMemoryOfThisProcess
        cpuSeconds = Self.cpuSecondsOfThisProcess
    }

    /// On Linux `ru_maxrss` would begin with the peak of the process that started this one.
    package static var peakMemoryOfThisProcess: Int {
        #if os(Linux)
            let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
            let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
            return (Int(line.filter(\.isNumber)) ?? 0) * 1024
        #else
            var usage = rusage()
            getrusage(RUSAGE_SELF, &usage)
            return Int(usage.ru_maxrss)
        #endif
    }

    /// User and system, all threads.
    package static var cpuSecondsOfThisProcess: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// What the ended children of a process used, as Linux counts it in `/proc`; 0 elsewhere.
    package static func cpuSeconds(ofChildrenOf pid: String) -> Double {
        let text = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)) ?? ""
        // Behind the name, which may hold blanks: the 14th and 15th are cutime and cstime, in ticks.
        let fields = text.split(separator: ")").last?.split(separator: " ").map(String.init) ?? []
        guard fields.count > 14, let user = Double(fields[13]), let system = Double(fields[14]) else {
            return 0
        }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}

extension [CaseResult] {
    /// The middle one of the times.
    package var medianSeconds: Double {
        map(\.seconds).sorted()[count / 2]
    }

    /// The middle one of the times of ANALYZE and the verification.
    package var medianClosingSeconds: Double {
        map { $0.closingSeconds ?? 0 }.sorted()[count / 2]
    }

    /// The largest of the peaks.
    package var peakMemory: Int? {
        compactMap(\.peakMemory).max()
    }

    /// The program's CPU time as a part of the server's.
    package var cpuShare: Double? {
        let own = compactMap(\.cpuSeconds).reduce(0, +)
        let server = compactMap(\.serverSeconds).reduce(0, +)
        return server > 0 ? own / server : nil
    }
}
