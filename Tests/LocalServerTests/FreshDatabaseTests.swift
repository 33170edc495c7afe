import TestSupport
import Testing

@Suite(.freshDatabase) struct `A fresh database` {
    @Test(arguments: 1...6) func `every argument has its own`(number: Int) async throws {
        let database = try TestDatabase.current
        #expect(database.name.hasSuffix("every_argument_has_its_own"))
    }
}
