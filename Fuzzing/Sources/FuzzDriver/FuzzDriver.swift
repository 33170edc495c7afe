/// The arguments of a program as C hands them over.
public typealias ProgramArguments = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

/// What is called with each input.
public typealias FuzzCallback = @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt

/// Does the work of libFuzzer's own `main`, which the package manager passes over: it has a program begin with `MODULE_main`.
///
/// Apart from the bodies, which the tests play without libFuzzer.
public func fuzz(_ count: CInt, _ arguments: ProgramArguments?, with body: FuzzCallback) -> CInt {
    var (count, arguments) = (count, arguments)
    return runDriver(&count, &arguments, body)
}

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<ProgramArguments?>,
    _ body: FuzzCallback
) -> CInt
