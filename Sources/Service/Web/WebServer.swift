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
    /// Most connections at once.
    static let maximumConnections = 64
    /// Connections on which nothing comes are closed after so long.
    fileprivate static let patience = TimeAmount.seconds(60)

    private let group: MultiThreadedEventLoopGroup
    private let channel: any Channel
    /// The port in force.
    let port: Int

    /// Binds to an address and serves `site`.
    init(address: String, port: Int, site: any Site) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let connections = Connections()
        do {
            channel = try await ServerBootstrap(group: group)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelInitializer { channel in
                    guard connections.enter() else { return channel.close() }
                    channel.closeFuture.whenComplete { _ in connections.leave() }
                    return WebServer.configure(channel, site)
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

    private static func configure(_ channel: any Channel, _ site: any Site) -> EventLoopFuture<Void> {
        let upgrader = NIOWebSocketServerUpgrader { channel, head in
            let request = WebRequest(head)
            let isAllowed = request.path == "/live" && site.objection(toLive: request) == nil
            return channel.eventLoop.makeSucceededFuture(isAllowed ? HTTPHeaders() : nil)
        } upgradePipelineHandler: { channel, _ in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(LiveHandler(site.live()))
            }
        }
        return channel.eventLoop.makeCompletedFuture {
            let (idle, pages) = ("idle", "pages")
            try channel.pipeline.syncOperations.addHandler(IdleStateHandler(readTimeout: patience), name: idle)
            try channel.pipeline.syncOperations.configureHTTPServerPipeline(
                withServerUpgrade: (
                    upgraders: [upgrader],
                    completionHandler: { context in
                        for name in [idle, pages] { context.pipeline.removeHandler(name: name, promise: nil) }
                    }
                ))
            try channel.pipeline.syncOperations.addHandler(PageHandler(site), name: pages)
        }
    }

    private final class Connections: Sendable {
        private let count = Atomic(0)

        func enter() -> Bool {
            if count.add(1, ordering: .relaxed).newValue <= maximumConnections { return true }
            leave()
            return false
        }

        func leave() { count.subtract(1, ordering: .relaxed) }
    }
}

extension WebRequest {
    fileprivate init(_ head: HTTPRequestHead) {
        self.init(
            method: head.method.rawValue, target: head.uri, host: head.headers.first(name: "Host"),
            origin: head.headers.first(name: "Origin"), authorization: head.headers.first(name: "Authorization"))
    }
}

extension String {
    fileprivate var trimmingBrackets: String { hasPrefix("[") ? String(dropFirst().dropLast()) : self }
}

/// Takes requests in and writes the site's answers.
private final class PageHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let site: any WebServer.Site
    private var request: WebRequest?
    private var keepsAlive = false
    private var isTooLarge = false

    init(_ site: any WebServer.Site) { self.site = site }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            request = WebRequest(head)
            keepsAlive = head.isKeepAlive
            isTooLarge = false
        case .body(let buffer):
            guard let count = request?.body.count, count + buffer.readableBytes <= WebServer.maximumBody else {
                isTooLarge = true
                return
            }
            request?.body += buffer.readableBytesView
        case .end:
            guard let request else { return }
            self.request = nil
            let (site, channel, keepsAlive) = (site, context.channel, keepsAlive && !isTooLarge)
            if isTooLarge {
                return PageHandler.write(WebResponse(413, "the body is too large\n"), to: channel, keepsAlive)
            }
            Task { PageHandler.write(await site.answer(request), to: channel, keepsAlive) }
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Who may not open the WebSocket is answered as anyone else, which says why.
        if !(error is NIOWebSocketUpgradeError) { context.close(promise: nil) }
    }

    private static func write(_ response: WebResponse, to channel: any Channel, _ keepsAlive: Bool) {
        let headers: HTTPHeaders = [
            "Content-Type": response.type, "Content-Length": "\(response.body.count)", "Cache-Control": "no-store",
            "Connection": keepsAlive ? "keep-alive" : "close", "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy":
                "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
                + "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
            "Referrer-Policy": "no-referrer",
        ]
        let head = HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: response.status), headers: headers)
        channel.write(HTTPServerResponsePart.head(head), promise: nil)
        channel.write(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: response.body))), promise: nil)
        channel.writeAndFlush(HTTPServerResponsePart.end(nil)).whenComplete { _ in
            if !keepsAlive { channel.close(promise: nil) }
        }
    }
}

/// Sends texts as they come; what a slow reader has no room for is left out.
private final class LiveHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let texts: AsyncStream<String>
    private var sending: Task<Void, Never>?

    init(_ texts: AsyncStream<String>) { self.texts = texts }

    func handlerAdded(context: ChannelHandlerContext) {
        let (channel, texts) = (context.channel, texts)
        sending = Task {
            for await text in texts where channel.isWritable {
                let frame = WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(string: text))
                channel.writeAndFlush(frame, promise: nil)
            }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        sending?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.opcode {
        case .ping:
            let pong = WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData)
            context.writeAndFlush(wrapOutboundOut(pong), promise: nil)
        case .connectionClose:
            let goodbye = WebSocketFrame(fin: true, opcode: .connectionClose, data: ByteBuffer())
            context.writeAndFlush(wrapOutboundOut(goodbye)).assumeIsolated().whenComplete { [context] _ in
                context.close(promise: nil)
            }
        // Nothing is asked here: commands need the token, and come by POST.
        default: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
