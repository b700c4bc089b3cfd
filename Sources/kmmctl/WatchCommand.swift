import ArgumentParser
import Foundation
import Messaging
import Wire

/// Shows what happens: events as they come, and the stream once a second.
struct WatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Show events as they come and, once a second, the stream.",
        discussion: """
            Examples:
              kmmctl watch --events
              kmmctl watch --json | jq .event
            """)

    @Flag(help: "Only events.")
    var events = false
    @Flag(help: "Only the stream.")
    var stream = false
    @Option(help: "End after so many seconds.")
    var seconds: Double?
    @OptionGroup var connection: ConnectionOptions

    private struct Seen {
        var count = 0
        var lost: Int64 = 0
        var sequence: Int64?
        var last: StreamMessage?
    }

    func run() throws {
        let showsEvents = events || !stream
        let showsStream = stream || !events
        let subscription = showsEvents ? try connection.events() : nil
        let references =
            showsStream ? try connection.subscribe(to: connection.endpointStream, topics: ["reference."]) : nil
        defer { references?.close() }
        let end = seconds.map { Date().addingTimeInterval($0) } ?? .distantFuture
        var nextTable = Date().addingTimeInterval(1)
        var seen: [String: Seen] = [:]
        var everSeen = false
        while Date() < end {
            while let (topic, event) = try subscription?.next(milliseconds: 0) {
                guard !topic.hasPrefix("profile.") else { continue }
                print(connection.json ? event.text : "\(EventLine(event))")
                // A pipe would keep them back.
                fflush(nil)
            }
            if let references, try references.waitUntilReadable(milliseconds: 20) {
                while let bytes = try references.receive()?.parts.first {
                    try count(bytes, in: &seen)
                    everSeen = true
                }
            } else if !showsStream {
                usleep(20_000)
            }
            guard showsStream, Date() >= nextTable else { continue }
            nextTable = nextTable.addingTimeInterval(1)
            for (topic, one) in seen.sorted(by: { $0.key < $1.key }) { show(topic, one) }
            if seen.values.allSatisfy({ $0.count == 0 }) { print("no references") }
            fflush(nil)
            for topic in seen.keys {
                seen[topic]?.count = 0
                seen[topic]?.lost = 0
            }
        }
        if showsStream, !everSeen {
            throw ControlError.noAnswer(endpoint: connection.endpointStream, seconds: seconds ?? 0)
        }
    }

    private func count(_ bytes: [UInt8], in seen: inout [String: Seen]) throws {
        let message: StreamMessage
        do { message = try StreamMessage(decoding: bytes) } catch { throw ControlError.badAnswer("\(error)") }
        let sequence = JSONValue.object(message.header)["seq"]?.integer ?? 0
        var one = seen[message.topic] ?? Seen()
        if let before = one.sequence, sequence > before { one.lost += sequence - before - 1 }
        one.sequence = sequence
        one.count += 1
        one.last = message
        seen[message.topic] = one
    }

    private func show(_ topic: String, _ seen: Seen) {
        guard let message = seen.last else { return }
        let header = JSONValue.object(message.header)
        if connection.json { return print(header.text) }
        var root = "?"
        if case .float(let position)? = message["root_pos"]?.elements, position.count == 3 {
            root = position.map { String(format: "%+.3f", $0) }.joined(separator: " ")
        }
        let columns = [
            topic.padding(toLength: 28, withPad: " ", startingAt: 0), String(format: "%3d Hz", seen.count),
            "frame \(header["frame"]?.integer ?? 0)", header["state"]?.string ?? "?",
            header["command"]?.string ?? "-", "root \(root) m", seen.lost > 0 ? "\(seen.lost) lost" : "",
        ]
        print(columns.joined(separator: "  "))
    }
}
