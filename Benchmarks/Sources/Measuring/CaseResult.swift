import Foundation

/// What one run of a case took.
package struct CaseResult: Codable {
    /// Wall-clock seconds.
    package let seconds: Double
    /// The most memory that was resident at a time, in bytes.
    package let peakMemory: Int

    /// A run of this process that took so many seconds.
    package init(seconds: Double, peakMemory: Int = CaseResult.peakMemoryOfThisProcess) {
        (self.seconds, self.peakMemory) = (seconds, peakMemory)
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
}

extension [CaseResult] {
    /// The middle one of the times.
    package var medianSeconds: Double {
        map(\.seconds).sorted()[count / 2]
    }

    /// The largest of the peaks.
    package var peakMemory: Int {
        map(\.peakMemory).max() ?? 0
    }
}
