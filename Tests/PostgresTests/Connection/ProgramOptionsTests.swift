import Postgres
import Testing

struct ProgramOptionsTests {
    @Test func `a program gets every setting but the name that we give ourselves`() throws {
        let options = try ConnectionOptions(
            "postgresql://ada:s3%27cret@db.example:5433/my%20base?sslmode=require"
        )
        let settings = options.settingsForPrograms
        for (keyword, value) in [
            ("host", "db.example"), ("port", "5433"), ("user", "ada"), ("dbname", "my base"),
            ("password", "s3'cret"), ("sslmode", "require"), ("client_encoding", "UTF8"),
        ] {
            #expect(settings[keyword] == value, "\(keyword)")
        }
        #expect(settings["fallback_application_name"] == nil)
    }
}
