import TestSupport

/// Every choice of a trial, in an order that the seed alone decides.
final class Dice {
    private var generator: SeededGenerator

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
    }

    func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }

    func chance(_ percent: Int) -> Bool { number(1...100) <= percent }

    func pick<Value>(_ choices: [Value]) -> Value { choices[number(0...choices.count - 1)] }

    /// A choice by weight; those of weight 0 are never taken.
    func pick<Value>(_ choices: [(weight: Int, value: Value)]) -> Value {
        var left = number(1...choices.map(\.weight).reduce(0, +))
        for choice in choices {
            left -= choice.weight
            if left <= 0 { return choice.value }
        }
        return choices[choices.count - 1].value
    }

    func shuffled<Value>(_ values: [Value]) -> [Value] { values.shuffled(using: &generator) }
}
