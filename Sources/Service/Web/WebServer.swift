internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOWebSocket
internal import ServiceCore
internal import Synchronization

/// Serves HTTP/1.1 and one WebSocket, on SwiftNIO with one thread.
final class WebServer: Sendable {
    /// What is served.
    protocol Site: Sendable {
        /// Answers a request.
        func answer(_ request: WebRequest) async -> WebResponse
        /// Why the WebSocket may not be opened; nil when it may.
        func objection(toLive request: WebRequest) -> String?
        /// Texts for one who opens the WebSocket, until it leaves.
        func live() -> AsyncStream<String>
    }

    /// Longest body that is taken, bytes.
    static let maximumBody = 64 * 1024
    /// Connections on which no whole request comes are closed after so long, whatever else comes.
    static let patience = TimeAmount.seconds(60)

    private let group: MultiThreadedEventLoopGroup
    private let channel: any Channel
    /// The port in force.
    let port: Int

    /// Binds to an address and serves `site`.
    init(address: String, port: Int, site: any Site) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        // Both are touched on the one event loop alone, which the server's connections share.
        nonisolated(unsafe) let budget = ConnectionBudget()
        do {
            channel = try await ServerBootstrap(group: group)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelInitializer { channel in
                    guard budget.enter(channel) else { return channel.close() }
                    channel.closeFuture.whenComplete { _ in budget.leave(channel) }
                    return WebServer.configure(channel, site, budget)
                }
                .bind(host: address.trimmingBrackets, port: port).get()
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
        self.group = group
        self.port = channel.localAddress?.port ?? port
    }

    /// Closes the server and its connections.
    func close() async {
        try? await channel.close().get()
        try? await group.shutdownGracefully()
    }

    private static func configure(
        _ channel: any Channel, _ site: any Site, _ budget: ConnectionBudget
    ) -> EventLoopFuture<Void> {
        // As above: all of it runs on the event loop of the channel.
        nonisolated(unsafe) let budget = budget
        let upgrader = NIOWebSocketServerUpgrader(maxFrameSize: LiveHandler.longestFrame) { channel, head in
            let request = WebRequest(head)
            let isAllowed = request.path == "/live" && site.objection(toLive: request) == nil
            return channel.eventLoop.makeSucceededFuture(isAllowed ? HTTPHeaders() : nil)
        } upgradePipelineHandler: { channel, _ in
            channel.eventLoop.makeCompletedFuture {
                budget.note(.live, of: channel)
                try channel.pipeline.syncOperations.addHandler(LiveHandler(site.live()))
            }
        }
        return channel.eventLoop.makeCompletedFuture {
            let pages = "pages"
            try channel.pipeline.syncOperations.configureHTTPServerPipeline(
                withServerUpgrade: (
                    upgraders: [upgrader],
                    completionHandler: { $0.pipeline.removeHandler(name: pages, promise: nil) }
                ))
            try channel.pipeline.syncOperations.addHandler(PageHandler(site, budget), name: pages)
        }
    }
}

extension WebRequest {
    /// A request whose body is still to come.
    init(_ head: HTTPRequestHead) {
        self.init(
            method: head.method.rawValue, target: head.uri, host: head.headers.first(name: "Host"),
            origin: head.headers.first(name: "Origin"), authorization: head.headers.first(name: "Authorization"))
    }
}

extension String {
    fileprivate var trimmingBrackets: String { hasPrefix("[") ? String(dropFirst().dropLast()) : self }
}
