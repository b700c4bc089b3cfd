import ArgumentParser
import TextEncoding

/// What is done with a text that is not understood, as an argument.
enum PolicyArgument: String, CaseIterable, ExpressibleByArgument {
    case strict, warn, any

    var policy: UnderstandingPolicy {
        switch self {
        case .strict: .strict
        case .warn: .warn
        case .any: .any
        }
    }
}
