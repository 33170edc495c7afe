import Testing

@testable import CaissonCLI

@Suite struct DotEnvironmentTests {
    @Test(arguments: [
        ("A=1", ["A": "1"]), ("export A = 1 ", ["A": "1"]), ("# A=1", [:]), ("A=", ["A": ""]), ("A", [:]),
        ("A=x # comment", ["A": "x"]), ("A=x#y", ["A": "x#y"]), ("A='x # y'", ["A": "x # y"]),
        ("A=\"x y\" # z", ["A": "x y"]), ("A=postgresql://u:p@h/d?a=b", ["A": "postgresql://u:p@h/d?a=b"]),
        ("A=1\r\nB=2\n\n", ["A": "1", "B": "2"]), ("=1", [:]), ("A='open", ["A": "'open"]),
    ])
    func `lines are read`(_ text: String, _ variables: [String: String]) {
        let found = DotEnvironment(text: text).variables
        #expect(Dictionary(uniqueKeysWithValues: found.map { ($0.name, $0.value) }) == variables)
    }
}
