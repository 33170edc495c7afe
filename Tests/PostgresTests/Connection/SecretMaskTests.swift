import Postgres
import Testing

@Suite struct SecretMaskTests {
    @Test(arguments: [
        ("cannot read postgresql://bob:s3cret@db/x", "cannot read postgresql://bob:****@db/x"),
        ("host=db password=s3cret user=bob", "host=db password=**** user=bob"),
        ("host=db password = 's3cret' user=bob", "host=db password = '****' user=bob"),
        ("password='s3\\'cret' user=bob", "password='****' user=bob"),
        ("PGPASSWORD=s3cret caisson", "PGPASSWORD=**** caisson"),
        ("postgresql://db/x?password=s3cret&user=bob", "postgresql://db/x?password=****&user=bob"),
        ("sslpassword=s3cret", "sslpassword=****"), ("Pwd=s3cret;Host=x", "Pwd=****;Host=x"),
        ("postgresql://bob:s3cr@et@db/x", "postgresql://bob:****@db/x"),
        (
            "a postgresql://a:one@x b postgresql://b:onetwo@y",
            "a postgresql://a:****@x b postgresql://b:****@y"
        ),
        ("ALTER ROLE bob PASSWORD 's3cret'", "ALTER ROLE bob PASSWORD '****'"),
        ("OPTIONS (user 'u', password E's3\\'cret')", "OPTIONS (user 'u', password E'****')"),
    ])
    func `what stands where a password stands is taken out`(_ text: String, _ masked: String) {
        #expect(SecretMask.mask(text) == masked)
    }

    @Test(arguments: [
        "password authentication failed for user \"bob\"", "postgresql://bob@db:5432/x", "password=",
        "password=**** twice", "Check the user and the password (PGPASSWORD, ~/.pgpass or the URL).",
        "see https://example.org/a:b and write to ann@example.org", "migrations/1_postgres_setup.sql:2",
        "the password of 'bob' is old", "",
    ])
    func `words about passwords stay`(_ text: String) {
        #expect(SecretMask.mask(text) == text)
    }
}
