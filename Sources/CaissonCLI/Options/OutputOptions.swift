import ArgumentParser

/// How a command speaks.
struct OutputOptions: ParsableArguments {
    @Flag(name: .long, help: "Write one JSON object a line to standard output, and nothing else.")
    var json = false

    @Flag(name: .long, help: "Write nothing but errors.")
    var quiet = false
}
