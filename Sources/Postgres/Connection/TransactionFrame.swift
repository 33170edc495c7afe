/// The statements around the body of a transaction that are known beforehand, and so need no round trips of their own.
package struct TransactionFrame {
    /// Run before BEGIN, in a transaction of their own: what a rollback shall not take back. Without parameters.
    package var before: [SQL]
    /// Run first in the transaction; its result is handed to the body. Without parameters.
    package var first: SQL
    /// Asked for when the body has ended, and run last, before COMMIT.
    package var last: () throws -> [SQL]

    /// Makes a frame.
    package init(before: [SQL] = [], first: SQL, last: @escaping () throws -> [SQL]) {
        self.before = before
        self.first = first
        self.last = last
    }
}
