import Postgres
import Testing

@testable import CaissonCLI

@Suite struct SecretTests {
    @Test(arguments: [
        ("password authentication failed for user \"bob\"", ""),
        ("Check the user and the password (PGPASSWORD, ~/.pgpass or the URL).", ""),
    ])
    func `words about passwords stay`(_ text: String, _ source: String) {
        #expect(SecretMask.mask(text, of: source) == text)
    }

    @Test(arguments: [
        ("cannot read postgresql://bob:s3cret@db/x", ""), ("host=db password=s3cret user=bob", ""),
        ("host=db password = 's3cret' user=bob", ""), ("near \"s3cret\"", "postgresql://bob:s3cret@db/x"),
        ("near \"s3cret\"", "host=db password='s3cret'"), ("postgresql://db/x?password=s3cret&user=bob", ""),
    ])
    func `passwords do not`(_ text: String, _ source: String) {
        let masked = SecretMask.mask(text, of: source)
        #expect(!masked.contains("s3cret") && masked.contains("****"))
    }

    @Test func `an error of any kind is masked`() {
        struct Leak: Error, CustomStringConvertible { let description = "cannot use password=s3cret here" }
        #expect(Failure(Leak()).message == "cannot use password=**** here")
    }
}
