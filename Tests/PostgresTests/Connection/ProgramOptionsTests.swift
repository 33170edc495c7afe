import Postgres
import Testing

struct ProgramOptionsTests {
    @Test func `a program gets the same address and the password apart`() throws {
        let options = try ConnectionOptions(
            "postgresql://ada:s3%27cret@db.example:5433/my%20base?sslmode=require"
        )
        let program = options.forPrograms
        #expect(program.environment == ["PGPASSWORD": "s3'cret"])
        #expect(!program.dbname.contains("s3"))
        let again = try ConnectionOptions(program.dbname)
        for keyword in ["host", "port", "user", "dbname", "sslmode"] {
            #expect(again.value(of: keyword) == options.value(of: keyword), "\(keyword)")
        }
    }

    @Test(arguments: ["it's", "back\\slash", "a b", "", "x=y"])
    func `any name is quoted so that libpq reads it back`(name: String) throws {
        var options = try ConnectionOptions()
        options.set("dbname", name)
        #expect(try ConnectionOptions(options.forPrograms.dbname).value(of: "dbname") == name)
        #expect(options.forPrograms.environment.isEmpty)
    }
}
