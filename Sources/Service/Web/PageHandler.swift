internal import NIOCore
internal import NIOHTTP1
internal import NIOWebSocket

/// Takes requests in and writes the site's answers.
final class PageHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let site: any WebServer.Site
    private let budget: ConnectionBudget
    private var request: WebRequest?
    private var keepsAlive = false
    private var isTooLarge = false
    private var deadline: Scheduled<Void>?

    init(_ site: any WebServer.Site, _ budget: ConnectionBudget) {
        self.site = site
        self.budget = budget
    }

    func handlerAdded(context: ChannelHandlerContext) { beginWaiting(context.channel) }

    func handlerRemoved(context: ChannelHandlerContext) { deadline?.cancel() }

    /// The next request has to be whole in time: one that drips is none.
    private func beginWaiting(_ channel: any Channel) {
        deadline?.cancel()
        deadline = channel.eventLoop.scheduleTask(in: WebServer.patience) { channel.close(promise: nil) }
    }

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
            // Who asks on and reads nothing would fill the memory with answers.
            guard channel.isWritable else { return context.close(promise: nil) }
            budget.note(.answering, of: channel)
            beginWaiting(channel)
            // Only the channel's event loop touches it, where answers are written.
            nonisolated(unsafe) let budget = budget
            if isTooLarge {
                return PageHandler.write(WebResponse(413, "the body is too large\n"), to: channel, keepsAlive, budget)
            }
            Task {
                let response = await site.answer(request)
                channel.eventLoop.execute { PageHandler.write(response, to: channel, keepsAlive, budget) }
            }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Who may not open the WebSocket is answered as anyone else, which says why.
        if !(error is NIOWebSocketUpgradeError) { context.close(promise: nil) }
    }

    private static func write(
        _ response: WebResponse, to channel: any Channel, _ keepsAlive: Bool, _ budget: ConnectionBudget
    ) {
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
        budget.note(.waiting, of: channel)
        channel.writeAndFlush(HTTPServerResponsePart.end(nil)).whenComplete { _ in
            if !keepsAlive { channel.close(promise: nil) }
        }
    }
}
