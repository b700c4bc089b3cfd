internal import ServiceLifecycle

/// A part of the daemon that works from its opening on, on threads of its own, and is closed when its turn comes.
struct OpenPart: ServiceLifecycle.Service {
    let close: @Sendable () async -> Void

    init(close: @escaping @Sendable () async -> Void) { self.close = close }

    func run() async {
        try? await gracefulShutdown()
        await close()
    }
}
