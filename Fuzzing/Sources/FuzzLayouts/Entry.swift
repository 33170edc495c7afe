import FuzzBodies

/// What libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    FuzzBody.layouts.run(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}
