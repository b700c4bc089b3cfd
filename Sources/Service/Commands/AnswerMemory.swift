internal import Synchronization
package import Wire

/// What was answered to which request: the same request again, at whichever socket, gets the same answer and starts nothing.
package final class AnswerMemory: Sendable {
    /// Answers that are remembered.
    package static let limit = 4096

    private struct State {
        var answers: [String: (request: Request, reply: Reply)] = [:]
        var order: [String] = []
        var oldest = 0
    }

    private let state = Mutex(State())

    package init() {}

    /// The answer given before to a request with this one's `id`; nil when it is new. The same `id` for another
    /// request is an error.
    package func earlierAnswer(to request: Request) throws(RequestError) -> Reply? {
        guard let id = request.id, let earlier = state.withLock({ $0.answers[id] }) else { return nil }
        try request.checkRepeats(earlier.request)
        return earlier.reply
    }

    /// Remembers what was answered.
    package func remember(_ reply: Reply, to request: Request) {
        guard let id = request.id else { return }
        state.withLock { state in
            guard state.answers[id] == nil else { return }
            state.answers[id] = (request, reply)
            // A ring: the oldest answer gives way.
            if state.order.count < AnswerMemory.limit {
                state.order.append(id)
            } else {
                state.answers[state.order[state.oldest]] = nil
                state.order[state.oldest] = id
                state.oldest = (state.oldest + 1) % AnswerMemory.limit
            }
        }
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
