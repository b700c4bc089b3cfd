/// A verb as it is declared: its name, who may say it, what it takes, and what is answered.
public struct VerbDeclaration: Sendable {
    /// What a verb does to the robots.
    public enum Effect: Hashable, Sendable {
        /// Nothing: it only asks.
        case question
        /// It brings them to rest.
        case stop
        /// Anything else.
        case change
    }

    /// The name on the wire.
    public let name: String
    /// The least role whose requests are heard.
    public let role: Role
    /// What it does.
    public let effect: Effect
    /// Whether it is served on the priority socket too.
    public let isPriority: Bool
    /// The members of its body that it knows.
    public let arguments: [String]
    /// What is answered, besides `v`, `id`, `ok` and `warnings`.
    public let answer: any (Codable & Sendable).Type
    /// Reads its arguments.
    let read: @Sendable (inout RequestFields) throws(RequestError) -> Verb

    init(
        _ name: String, _ role: Role, _ effect: Effect, isPriority: Bool? = nil, _ arguments: [String] = [],
        answer: any (Codable & Sendable).Type,
        read: @escaping @Sendable (inout RequestFields) throws(RequestError) -> Verb
    ) {
        self.name = name
        self.role = role
        self.effect = effect
        self.isPriority = isPriority ?? (effect == .stop)
        self.arguments = arguments
        self.answer = answer
        self.read = read
    }

    /// A verb without arguments.
    init(
        _ name: String, _ role: Role, _ effect: Effect, isPriority: Bool? = nil,
        answer: any (Codable & Sendable).Type, _ verb: Verb
    ) {
        self.init(name, role, effect, isPriority: isPriority, answer: answer) { (_) throws(RequestError) in verb }
    }
}
