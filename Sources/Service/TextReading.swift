internal import KMM
internal import ServiceCore
internal import Synchronization
internal import TextEncoding
internal import Wire

/// Reads the texts of commands by the lexicon, once that and the sentence encoder are loaded.
final class TextReading: Sendable {
    private let reader = Mutex<TextReader?>(nil)
    private let policy: UnderstandingPolicy

    init(_ configuration: ServiceConfiguration) {
        policy = UnderstandingPolicy(rawValue: configuration.understanding.policy) ?? .strict
    }

    /// The lexicon, which is read while the models are loaded.
    static func tables(_ configuration: ServiceConfiguration) throws(StartError) -> LexiconTables {
        do throws(LexiconError) {
            return try LexiconTables(directory: configuration.lexiconDirectory)
        } catch {
            throw .models(directory: configuration.lexiconDirectory, reason: "\(error)")
        }
    }

    /// Takes the lexicon over; before that no command is taken.
    func load(
        _ configuration: ServiceConfiguration, _ tables: LexiconTables, encoder: SentenceEncoder
    ) throws(StartError) {
        do {
            let loaded = try TextReader(
                tables,
                model: ModelPaths(directory: configuration.modelsDirectory, model: configuration.model),
                encoder: encoder, bound: configuration.understanding.bound)
            reader.withLock { $0 = loaded }
        } catch {
            throw .models(directory: configuration.lexiconDirectory, reason: "\(error)")
        }
    }

    /// What can be asked for; nothing before the lexicon is loaded.
    var suggestions: [SuggestedAction] {
        guard let commands = reader.withLock({ $0 })?.commands else { return [] }
        return commands.lexicon.actions.filter(commands.canDo).compactMap { action in
            action.imperative(side: nil).map { SuggestedAction(text: $0, family: action.family) }
        }
    }

    /// The actions of a text.
    ///
    /// - Throws: `not_understood` with the reason and the nearest actions that can be done.
    func read(_ say: Say) throws(RequestError) -> [Action] {
        guard let reader = reader.withLock({ $0 }) else {
            throw RequestError(.notReady, "the models are still being loaded")
        }
        let policy = say.policy.flatMap { UnderstandingPolicy(rawValue: $0.rawValue) } ?? policy
        let understanding = reader.read(say.text, policy: policy)
        if let refused = understanding.refusal(policy, bound: reader.bound) {
            throw RequestError(
                .notUnderstood, refused.description, field: "body.text", reason: refused.reason.rawValue,
                nearest: refused.nearest)
        }
        return understanding.segments.map(\.segment)
    }
}
