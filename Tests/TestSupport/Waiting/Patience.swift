extension Duration {
    /// How long a test waits for what is certain to come.
    ///
    /// It bounds a test that fails, and slows none that passes: two cores that run a compiler and another suite beside this one
    /// have made a start of a server that takes 0.3 s take 25 s.
    public static let patience = Duration.seconds(180)
}
