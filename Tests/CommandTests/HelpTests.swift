import Testing
import TestSupport

@Suite struct HelpTests {
}
