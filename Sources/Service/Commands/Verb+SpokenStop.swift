internal import TextEncoding
internal import Wire

extension Verb {
    /// What a text says to do at once; nil for other texts and verbs.
    var spokenStop: SpokenStop? {
        guard case .say(let say) = self else { return nil }
        return SpokenStop(say.text)
    }

    /// The verb that a text means.
    init(_ kind: SpokenStop.Kind) {
        switch kind {
        case .hold: self = .hold
        case .stop: self = .stop
        case .halt: self = .halt
        }
    }
}
