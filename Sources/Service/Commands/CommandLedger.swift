package import ServiceCore
package import TextEncoding
package import Wire

/// The memory of the commands: which there are and where they stand.
package struct CommandLedger {
    /// Commands that are not over, by robot, at most.
    package static let queueLimit = 64
    /// Actions of one command, repetitions counted, at most.
    package static let actionLimit = 256
    /// Commands that are over and still known.
    package static let historyLimit = 1024

    package typealias Entry = Command

    private var entries: [Int64: Entry] = [:]
    /// Who gave which command, where that is known.
    private var clients: [Int64: ClientName] = [:]
    private var finished: [Int64] = []
    private var nextNumber: Int64 = 1

    package init() {}

    /// Enters a command; fails when a robot's queue is full. `position` counts the unfinished ones of the robot that has most.
    package mutating func accept(
        _ say: Say, isClip: Bool = false, id: String?, of client: ClientName? = nil,
        robots: [(name: String, stopCount: Int)], holdCounts: [String: Int] = [:],
        segments: [Action],
        expiry: Int64?, received: Int64
    ) throws(RequestError) -> (entry: Entry, position: Int) {
        let position = (robots.map { unfinished(of: $0.name).count }.max() ?? 0) + 1
        guard position <= CommandLedger.queueLimit || say.mode == .replace else {
            throw RequestError(
                .queueFull,
                "\(CommandLedger.queueLimit) commands wait for \(robots.map(\.name).joined(separator: ", "))")
        }
        let entry = Entry(
            number: nextNumber, id: id, robots: robots.map(\.name), say: say, isClip: isClip, segments: segments,
            stopCounts: Dictionary(uniqueKeysWithValues: robots.map { ($0.name, $0.stopCount) }),
            holdCounts: holdCounts, expiry: expiry, received: received
        )
        nextNumber += 1
        entries[entry.number] = entry
        clients[entry.number] = client
        return (entry, position)
    }

    /// Takes over what the journal of an earlier process says: those commands are over, and `answers` knows what was said.
    package mutating func restore(_ recovery: Journal.Recovery, answers: AnswerMemory) {
        nextNumber = max(nextNumber, recovery.nextNumber)
        for record in recovery.records {
            let (say, isClip): (Say, Bool)
            switch record.request.verb {
            case .say(let text): (say, isClip) = (text, false)
            case .play(let clip): (say, isClip) = (clip, true)
            default: continue
            }
            entries[record.number] = Entry(
                number: record.number, id: record.request.id, robots: record.robots, say: say, isClip: isClip,
                segments: [],
                stopCounts: [:], expiry: nil, received: 0, state: record.state)
            finished.append(record.number)
            guard let client = record.client else { continue }
            clients[record.number] = client
            let answer = CommandAnswer(
                command: record.number, robots: record.robots, state: record.state, position: 0, segments: [])
            answers.remember(
                Reply(id: record.request.id, result: .success(Reply.members(answer))), to: record.request, of: client)
        }
    }

    /// Notes that a robot has played the last frame of a command; true when all of its robots have.
    package mutating func end(_ number: Int64, on robot: String) -> Bool {
        entries[number]?.ended.insert(robot)
        return entries[number].map { $0.ended.isSuperset(of: $0.robots) } ?? false
    }

    /// The command with that number.
    package subscript(number: Int64) -> Entry? { entries[number] }

    /// The command that the daemon or a client calls `name`: the client's own before those of others, and of several the
    /// newest.
    package func find(_ name: String, for client: ClientName? = nil) -> Entry? {
        if let number = CommandName.number(name), let entry = entries[number] { return entry }
        let named = entries.values.filter { $0.id == name }
        let own = named.filter { client != nil && clients[$0.number] == client }
        return (own.isEmpty ? named : own).max { $0.number < $1.number }
    }

    /// The commands of the robot that are not over, oldest first.
    package func unfinished(of robot: String) -> [Entry] {
        entries.values.filter { $0.robots.contains(robot) && !$0.state.isFinal && !$0.ended.contains(robot) }.sorted {
            $0.number < $1.number
        }
    }

    /// The commands whose motion should have begun by `time`, CLOCK_MONOTONIC nanoseconds, and has not, oldest first.
    func overdue(at time: Int64) -> [Entry] {
        entries.values.filter { entry in
            entry.expiry.map { $0 <= time } ?? false && [.queued, .generating, .ready].contains(entry.state)
        }.sorted { $0.number < $1.number }
    }

    /// Moves a command on. False when it is over already or stands there: then nothing happened.
    package mutating func move(_ number: Int64, to state: CommandState) -> Bool {
        guard let entry = entries[number], !entry.state.isFinal, entry.state != state else { return false }
        entries[number]?.state = state
        if state.isFinal {
            finished.append(number)
            if finished.count > CommandLedger.historyLimit {
                let oldest = finished.removeFirst()
                (entries[oldest], clients[oldest]) = (nil, nil)
            }
        }
        return true
    }
}
