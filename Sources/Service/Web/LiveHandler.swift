internal import NIOCore
internal import NIOWebSocket

/// Sends texts as they come; what a slow reader has no room for is left out.
final class LiveHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    /// Bytes of a frame from a client: control frames have no more, and nothing else is asked here.
    static let longestFrame = 125
    /// Frames a second that a client may send: pings, at most.
    private static let mostFrames = 20

    private let texts: AsyncStream<String>
    private var second = NIODeadline.distantPast
    private var frames = 0
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
        guard isWithinBudget() else { return context.close(promise: nil) }
        switch frame.opcode {
        case .ping where context.channel.isWritable:
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

    /// Counts a frame; false when the client sends more than it may.
    private func isWithinBudget() -> Bool {
        let now = NIODeadline.now()
        if now - second >= .seconds(1) { (second, frames) = (now, 0) }
        frames += 1
        return frames <= LiveHandler.mostFrames
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
