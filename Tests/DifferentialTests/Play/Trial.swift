import Backfills

/// What a seed stands for: tables, a definition, and how it is run.
struct Trial {
    let seed: UInt64
    let table: RandomTable
    let script: TableScript
    let definition: Definition
    let chunks: ChunkSizer.Policy
    /// Starting the program takes longer than the rest, so few trials go through it.
    let usesProgram: Bool

    init(seed: UInt64) {
        let dice = Dice(seed: seed)
        self.seed = seed
        table = RandomTable(dice)
        script = TableScript(table, dice)
        definition = Definition(over: table, dice)
        // Not more than about fifty chunks, each of which takes some milliseconds.
        let size = dice.number(max(1, table.rows / 50)...50)
        chunks = dice.chance(15) ? .adaptive(target: 0.002) : .fixed(size)
        usesProgram = seed % 20 == 0
    }

    var name: String { "trial_\(seed)" }

    /// Enough to see what happened, and to play it again.
    var description: String {
        """
        SEED=\(seed): \(definition.kind), over \(table.traits.joined(separator: "; ")); \(table.rows) rows, chunks \(chunks)\
        \(usesProgram ? ", by the program" : "")
        hazards: \(definition.hazards.isEmpty ? "none" : definition.hazards.joined(separator: "; "))
        --- tables
        \(script.description)
        --- definition
        \(definition.text)
        """
    }
}
