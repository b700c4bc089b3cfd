internal import Glibc
internal import Logging
internal import ServiceCore

/// What is served over HTTP, and the server of it.
struct Website: Sendable {
    let dashboard: Dashboard
    let server: WebServer

    /// Opens what the configuration asks for; nil for nothing. An endpoint that cannot be had is an error only when
    /// `isNeeded`: a second daemon on this host that nobody told where to serve it goes without.
    init?(
        _ configuration: ServiceConfiguration, _ metrics: Metrics, _ feed: LiveFeed, _ people: ShownPeople,
        suggestions: @escaping @Sendable () -> [SuggestedAction], isNeeded: Bool, log: Logger
    ) async throws(StartError) {
        guard let endpoint = configuration.httpEndpoint, let address = HTTPAddress(endpoint) else { return nil }
        let access = try configuration.stateDirectory.map { folder throws(StartError) in
            try AccessToken.load(in: folder)
        }
        let hosts = configuration.httpHosts.split(separator: ",").map { $0.filter { !$0.isWhitespace }.lowercased() }
        dashboard = Dashboard(
            guardian: WebGuard(address: address.host, hosts: hosts, token: access?.token), metrics: metrics,
            robots: metrics.robots, server: metrics.server, feed: feed, people: people,
            meshes: RobotMeshes(folder: configuration.profilesDirectory),
            files: ShownFiles(clips: configuration.clipsDirectory, recordings: configuration.recordingsDirectory),
            suggestions: suggestions)
        do {
            server = try await WebServer(address: address.host, port: address.port, site: dashboard)
        } catch {
            guard isNeeded else {
                log.warning("no dashboard and no metrics: \(endpoint): \(error)")
                return nil
            }
            throw .invalidConfiguration("\(endpoint) cannot be used: \(error)")
        }
        let page = "http://\(address.host):\(server.port)/"
        if let access, let problem = access.problem {
            log.error("no commands are taken over http: \(access.file) cannot be made: \(problem)")
            log.notice("dashboard: \(page)")
        } else if let token = access?.token, isatty(STDERR_FILENO) == 1 {
            // A person reads along; a journal would keep the secret.
            log.notice("dashboard: \(page)#token=\(token)")
        } else {
            log.notice("dashboard: \(page)")
            if let access { log.notice("commands over http need the token in \(access.file)") }
        }
    }
}
