import Testing

@testable import CaissonCLI

@Suite struct SecretTests {
    @Test func `an error of any kind is masked`() {
        struct Leak: Error, CustomStringConvertible { let description = "cannot use password=s3cret here" }
        #expect(Failure(Leak()).message == "cannot use password=**** here")
    }

    @Test(arguments: [
        "postgresql://app:S3CR/E7@pw@h/db", "host=h password=S3CR E7pw", "app:S3CRE7@h/db",
        "--databse=postgres://u:S3CR E7@h",
    ])
    func `an argument that stands in the wrong place is not quoted when it may be an address`(
        _ argument: String
    ) {
        let value = argument.hasPrefix("--") ? String(argument.drop { $0 != "=" }.dropFirst()) : argument
        let failure = Failure(
            usage: "Error: Unexpected argument '\(value)'",
            arguments: ["migrate", argument]
        )
        #expect(failure.message == "Unexpected argument '****'")
        let option = Failure(usage: "Error: Unknown option '--password'", arguments: ["--password", "x"])
        #expect(option.message == "Unknown option '--password'")
    }
}
