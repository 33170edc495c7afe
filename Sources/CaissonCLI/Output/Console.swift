import Postgres
import Synchronization

/// Writes what commands have to say: text or JSON lines, and a live line at the bottom of a terminal.
///
/// Everything is written by one at a time, so that the workers of a backfill can report as they like.
final class Console: Sendable {
    /// For whom is written.
    enum Format: Sendable { case text, json }
    /// How much.
    enum Verbosity: Sendable { case normal, quiet }

    /// Whether a live line can be shown.
    let isLive: Bool
    /// The style of text for people.
    let style: Style
    /// For whom is written.
    let format: Format

    private let verbosity: Verbosity
    private let output = Terminal.output
    private let errors = Terminal.errors
    /// The live line that stands at the bottom now.
    private let status = Mutex<String?>(nil)

    init(format: Format, verbosity: Verbosity) {
        (self.format, self.verbosity) = (format, verbosity)
        let isText = format == .text && verbosity == .normal
        isLive = isText && output.isInteractive
        style = isText ? output.style : .plain
    }

    convenience init(_ options: OutputOptions) {
        self.init(format: options.json ? .json : .text, verbosity: options.quiet ? .quiet : .normal)
    }

    // MARK: Results

    /// Tells something in the form that was asked for.
    func report(_ report: some Report) {
        guard verbosity == .normal else { return }
        switch format {
        case .json: emit(report.json.description)
        case .text: if let text = report.text(style) { write(text) }
        }
    }

    /// Tells people something that is no event.
    func say(_ text: String) {
        guard format == .text, verbosity == .normal else { return }
        write(text)
    }

    /// Tells people something beside the result, on the error stream.
    func note(_ text: String) {
        guard format == .text, verbosity == .normal else { return }
        aboveStatus { errors.write(errors.style.rendered(text) + "\n") }
    }

    /// Tells of a failure: text on the error stream, or a JSON line; also when asked to be quiet.
    func fail(_ failure: Failure) {
        endStatus()
        switch format {
        case .json: emit(ErrorReport(failure: failure).json.description)
        case .text:
            let style = errors.style
            errors.write(style.rendered(style.bad("Error:") + " " + failure.message) + "\n")
        }
    }

    /// Writes a text for people.
    func write(_ text: String) {
        emit(style.rendered(text))
    }

    /// Writes a file's content as it is; what a terminal would obey is shown there all the same.
    func stream(_ content: String) {
        emit(output.isInteractive ? content.visible : content)
    }

    private func emit(_ line: String) {
        aboveStatus { output.write(line.hasSuffix("\n") ? line : line + "\n") }
    }

    // MARK: The live line

    /// Shows a line at the bottom in place of the last one. Nothing without a terminal.
    func show(status text: String) {
        guard isLive else { return }
        let line = String(text.visibleLine.prefix(statusWidth))
        status.withLock { status in
            status = line
            output.write("\r\u{1B}[K" + line)
        }
    }

    /// Takes the live line away.
    func endStatus() {
        status.withLock { status in
            if status != nil { output.write("\r\u{1B}[K") }
            status = nil
        }
    }

    /// Empties the screen of a terminal.
    func clearScreen() {
        guard isLive else { return }
        output.write("\u{1B}[H\u{1B}[2J")
    }

    /// The columns that a live line may take; the last one would wrap on some terminals.
    var statusWidth: Int { max(20, output.width - 1) }

    private func aboveStatus(_ body: () -> Void) {
        status.withLock { status in
            if status != nil { output.write("\r\u{1B}[K") }
            body()
            if let status { output.write(status) }
        }
    }
}
