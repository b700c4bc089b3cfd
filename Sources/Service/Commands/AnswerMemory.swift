internal import Synchronization
package import Wire

/// What was answered to which request of which client: the same request again, at whichever socket, gets the same answer
/// and starts nothing.
package final class AnswerMemory: Sendable {
    /// Answers that are remembered, and bytes that they may take together: those to long texts fewer.
    package static let limit = 4096
    static let byteLimit = 6 << 20

    private struct Key: Hashable {
        var client: ClientName
        var id: String
    }

    private struct State {
        var answers: [Key: (request: Request, reply: Reply)] = [:]
        /// The keys, oldest first from `oldest` on.
        var order: [Key] = []
        var oldest = 0
        var bytes = 0

        mutating func forgetOldest() {
            if let answer = answers.removeValue(forKey: order[oldest]) { bytes -= AnswerMemory.size(answer.request) }
            oldest += 1
            guard oldest > AnswerMemory.limit else { return }
            order.removeFirst(oldest)
            oldest = 0
        }
    }

    private let state = Mutex(State())

    package init() {}

    /// The answer given before to a request of the client with this one's `id`; nil when it is new. The same `id` for
    /// another request is an error.
    package func earlierAnswer(to request: Request, of client: ClientName) throws(RequestError) -> Reply? {
        guard let id = request.id, let earlier = state.withLock({ $0.answers[Key(client: client, id: id)] }) else {
            return nil
        }
        try request.checkRepeats(earlier.request)
        return earlier.reply
    }

    /// Remembers what was answered.
    package func remember(_ reply: Reply, to request: Request, of client: ClientName) {
        guard let id = request.id else { return }
        let key = Key(client: client, id: id)
        state.withLock { state in
            guard state.answers[key] == nil else { return }
            state.answers[key] = (request, reply)
            state.order.append(key)
            state.bytes += AnswerMemory.size(request)
            while state.answers.count > AnswerMemory.limit || state.bytes > AnswerMemory.byteLimit {
                state.forgetOldest()
            }
        }
    }

    /// About what a request and its answer take: the text stands in both, and in the answer's actions.
    private static func size(_ request: Request) -> Int {
        let text =
            switch request.verb {
            case .say(let say), .play(let say): say.text.utf8.count
            default: 0
            }
        return 1024 + 4 * text
    }
}

extension Request {
    /// Checks that this is an earlier request of its id sent again, which states another time then.
    func checkRepeats(_ earlier: Request) throws(RequestError) {
        var same = earlier
        same.sentNanoseconds = sentNanoseconds
        guard same == self else {
            throw RequestError(.duplicateID, "the id was used before for another request", field: "id")
        }
    }
}
