public import Testing

extension Trait where Self == TimeLimitTrait {
    /// For tests that would wait for ever if what they are about went wrong.
    ///
    /// The clock runs while a test waits for its turn among 1,300 others, ten minutes and more on a slow machine, so it says nothing
    /// about how long a test may take.
    public static var untilItHangs: Self { .timeLimit(.minutes(60)) }
}
