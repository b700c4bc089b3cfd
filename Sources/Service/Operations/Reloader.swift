internal import Logging
internal import Wire

/// Reads configuration, keys and profiles again, as SIGHUP and the verb `reload` ask. Configuration and keys are read whole
/// before anything of them takes effect; what cannot be used leaves everything as it was.
struct Reloader: Sendable {
    /// Reads the configuration as at the start.
    let read: @Sendable () throws(ConfigurationError) -> LoadedConfiguration
    /// That of the start.
    let started: ServiceConfiguration
    let accessControl: AccessControl
    let server: CommandServer
    let keeper: ProfileKeeper
    let output: LogOutput
    let log: Logger

    /// Settings that take effect while the daemon runs.
    private static let live = ["security.rate_limit", "log.level"]

    /// Reads everything.
    ///
    /// - Returns: What the profiles' keeper says, how many clients may connect, and which changed settings wait for the next
    ///   start.
    func reload() async throws(RequestError) -> ReloadAnswer {
        let configuration: ServiceConfiguration
        do throws(ConfigurationError) { configuration = try read().configuration } catch {
            throw RequestError(.failed, "the configuration stays as it was: \(error)")
        }
        let clients: Int?
        do throws(KeyError) { clients = try accessControl.reload() } catch {
            throw RequestError(.failed, "the keys stay as they were: \(error)")
        }
        await server.adopt(rateLimit: configuration.rateLimit, atEnd: configuration.atEnd)
        output.take(configuration.log)
        let waiting = waiting(in: configuration)
        if !waiting.isEmpty { log.notice("these settings wait for the next start: \(waiting.joined(separator: ", "))") }
        var answer = try await keeper.reload()
        (answer.clients, answer.nextStart) = (clients, waiting)
        return answer
    }

    /// As ``reload()``.
    func outcome() async -> Result<ReloadAnswer, RequestError> {
        do throws(RequestError) { return .success(try await reload()) } catch { return .failure(error) }
    }

    private func waiting(in configuration: ServiceConfiguration) -> [String] {
        var names = Setting.all.filter { $0.value(in: configuration) != $0.value(in: started) }.map(\.name)
        names.removeAll { Reloader.live.contains($0) }
        if configuration.robots != started.robots { names.append("robots") }
        if configuration.rates != started.rates { names.append("robots.*.rate") }
        if configuration.sinks != started.sinks { names.append("robots.*.sinks") }
        if configuration.sources != started.sources { names.append("robots.*.source") }
        return names
    }
}
