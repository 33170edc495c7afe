public import FuzzDriver
import FuzzReaders

/// What libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    ReaderBody.csv.run(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}

/// With this name a program of the package manager begins.
@_cdecl("FuzzCSV_main")
public func begin(_ count: CInt, _ arguments: ProgramArguments?) -> CInt {
    fuzz(count, arguments) { testOneInput($0, $1) }
}
