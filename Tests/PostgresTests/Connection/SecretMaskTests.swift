import Postgres
import Testing

@Suite struct SecretMaskTests {
    @Test(arguments: [
        ("cannot read postgresql://bob:s3cret@db/x", "", "cannot read postgresql://bob:****@db/x"),
        ("host=db password=s3cret user=bob", "", "host=db password=**** user=bob"),
        ("host=db password = 's3cret' user=bob", "", "host=db password = '****' user=bob"),
        ("password='s3\\'cret' user=bob", "", "password='****' user=bob"),
        ("PGPASSWORD=s3cret caisson", "", "PGPASSWORD=**** caisson"),
        ("postgresql://db/x?password=s3cret&user=bob", "", "postgresql://db/x?password=****&user=bob"),
        ("sslpassword=s3cret", "", "sslpassword=****"),
        (
            "a postgresql://a:one@x b postgresql://b:onetwo@y", "",
            "a postgresql://a:****@x b postgresql://b:****@y"
        ),
        ("near \"s3cret\"", "postgresql://bob:s3cret@db/x", "near \"****\""),
        ("near \"s3cr@et\"", "postgresql://bob:s3cr@et@db/x", "near \"****\""),
        (
            "password authentication failed for user \"bob\"", "",
            "password authentication failed for user \"bob\""
        ),
        ("postgresql://bob@db:5432/x", "", "postgresql://bob@db:5432/x"),
        ("password=", "", "password="), ("password=**** twice", "", "password=**** twice"),
    ])
    func `passwords are taken out and nothing else`(_ text: String, _ source: String, _ masked: String) {
        #expect(SecretMask.mask(text, of: source) == masked)
    }
}
