import Foundation

/// What one run of a case took.
struct Measurement: Codable {
    /// Wall-clock seconds.
    let seconds: Double
    /// The most memory that was resident at a time, in bytes.
    let peakMemory: Int

    /// `ru_maxrss` counts KiB on Linux and bytes on macOS.
    static var peakMemoryOfThisProcess: Int {
        var usage = rusage()
        #if os(Linux)
            getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
            return Int(usage.ru_maxrss) * 1024
        #else
            getrusage(RUSAGE_SELF, &usage)
            return Int(usage.ru_maxrss)
        #endif
    }
}

extension [Measurement] {
    /// The middle one of the times.
    var medianSeconds: Double {
        map(\.seconds).sorted()[count / 2]
    }

    /// The largest of the peaks.
    var peakMemory: Int {
        map(\.peakMemory).max() ?? 0
    }
}
