internal import ServiceCore
internal import TextEncoding
internal import Wire

/// Decides which requests are carried out: reads them, and looks at the client's role, how often it asks, and what it was
/// answered before.
///
/// Belongs to the thread of the command server.
struct RequestAdmission {
    /// A request that shall be carried out.
    struct Admitted {
        var request: Request
        /// What its text says to do at once.
        var spokenStop: SpokenStop?
        /// The request as it came.
        var source: JSONValue
        var client: ClientName

        /// Whether it acts each time that it comes, whatever its `id`.
        var actsEveryTime: Bool { request.verb.isQuestion || request.verb.isStop || spokenStop != nil }
    }

    /// What becomes of a request.
    enum Decision {
        /// It is carried out.
        case perform(Admitted)
        /// It is refused, or was answered before.
        case reply(Reply)
    }

    let accessControl: AccessControl
    let answers: AnswerMemory
    let recorder: Recorder
    var limiter: RateLimiter

    /// Decides about a request of a client; `user` is its key, and nil for one that has shown the token over HTTP.
    mutating func decide(
        _ body: Result<[UInt8], RequestError>, of client: ClientName, user: String?
    ) -> Decision {
        let isWithinRate = limiter.take(client, at: Clock.monotonic())
        let outcome =
            switch body {
            case .failure(let error): RequestDecoder.Outcome(refused: error)
            case .success(let bytes): RequestDecoder.decode(bytes)
            }
        do throws(RequestError) {
            let request = try outcome.result.get()
            if client != .web { try accessControl.permit(request.verb.role, user, for: request.verb.name) }
            let admitted = Admitted(
                request: request, spokenStop: request.verb.spokenStop, source: outcome.value, client: client)
            // No bound keeps a robot from being stopped.
            guard isWithinRate || request.verb.isPriority || admitted.spokenStop != nil else {
                throw RequestError(.rateLimited, "more than \(limiter.rate) requests a second came from this client")
            }
            // Also what came as plain text or msgpack: the channel holds JSON.
            if !request.verb.isQuestion { recorder.note("request", outcome.value.encoded) }
            if !admitted.actsEveryTime, let earlier = try answers.earlierAnswer(to: request, of: client) {
                return .reply(earlier)
            }
            return .perform(admitted)
        } catch {
            return .reply(Reply(id: outcome.id, result: .failure(error), warnings: outcome.warnings))
        }
    }

    /// Remembers what was answered, so that the same request again gets the same answer.
    func remember(_ reply: Reply, to admitted: Admitted) {
        guard !admitted.actsEveryTime, case .success = reply.result else { return }
        answers.remember(reply, to: admitted.request, of: admitted.client)
    }
}
