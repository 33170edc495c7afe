import Bulk
import Testing

struct MethodChoiceTests {
    static let cases: [(MethodChoice, WriteMethod)] = [
        (MethodChoice(rows: .exactly(1), work: .insert), .unnest),
        (MethodChoice(rows: .exactly(MethodChoice.copyThreshold), work: .insert), .copy),
        (MethodChoice(rows: .moreThan(20_000), work: .insert), .copy),
        (MethodChoice(rows: .moreThan(20_000), work: .insert, encoding: .needsCasts), .unnest),
        (MethodChoice(rows: .moreThan(20_000), work: .insert, results: .rows), .unnest),
        (MethodChoice(rows: .exactly(10), work: .conflict), .unnest),
        (MethodChoice(rows: .exactly(MethodChoice.stagedThreshold - 1), work: .conflict), .unnest),
        (MethodChoice(rows: .exactly(MethodChoice.stagedThreshold), work: .conflict), .staged),
        (MethodChoice(rows: .moreThan(10), work: .conflict), .staged),
        (MethodChoice(rows: .moreThan(10), work: .conflict, transactions: .perChunk), .unnest),
        (MethodChoice(rows: .exactly(1), work: .wholeSet), .staged),
        (MethodChoice(rows: .exactly(1), work: .insert, values: .arrays), .staged),
        (MethodChoice(rows: .exactly(10), work: .conflict, values: .arrays), .staged),
        (MethodChoice(rows: .moreThan(20_000), work: .insert, values: .arrays), .copy),
    ]

    @Test(arguments: cases)
    func `the method follows from what is known`(_ choice: MethodChoice, _ method: WriteMethod) {
        #expect(choice.method == method)
        #expect(choice.obstacle(to: method) == nil)
    }

    @Test(arguments: [
        (MethodChoice(rows: .exactly(1), work: .conflict), WriteMethod.copy, "only adds rows"),
        (MethodChoice(rows: .exactly(1), work: .insert, results: .rows), .copy, "returns no rows"),
        (MethodChoice(rows: .exactly(1), work: .insert, encoding: .needsCasts), .copy, "own types"),
        (MethodChoice(rows: .exactly(1), work: .wholeSet), .unnest, "as one set"),
        (MethodChoice(rows: .exactly(1), work: .insert, values: .arrays), .unnest, "arrays of arrays"),
    ])
    func `a method that cannot do it says why`(
        _ choice: MethodChoice,
        _ method: WriteMethod,
        _ reason: String
    ) {
        #expect(choice.obstacle(to: method)?.contains(reason) == true)
    }
}
