internal import Logging
internal import Planning
internal import ServiceCore
internal import TextEncoding
internal import Wire

/// Enters commands, moves them on, writes down how they end and tells the events.
///
/// Belongs to the thread of the command server.
final class CommandRegister {
    private(set) var ledger = CommandLedger()
    /// Where events go, once the socket is open.
    private var events: EventPublisher?
    private let journal: Journal?
    private let planner: PlannerInbox
    private let log: Logger
    /// Where the actions of commands have led that are not over.
    private var achieved: [Int64: [CommandEvent.Achievement]] = [:]
    /// Commands that were accepted since the start.
    private(set) var accepted = 0

    init(journal: Journal?, planner: PlannerInbox, log: Logger) {
        self.journal = journal
        self.planner = planner
        self.log = log
    }

    // MARK: Life

    /// Begins to tell events; takes over what the last process left in its journal, and tells how that fares.
    func open(_ events: EventPublisher, answers: AnswerMemory) {
        self.events = events
        guard let journal else { return }
        journal.onChange = { [weak self] problem in
            self?.tellJournal(JournalEvent(state: problem == nil ? "ok" : "failed", reason: problem))
        }
        let recovery = journal.open()
        ledger.restore(recovery, answers: answers)
        let interrupted = recovery.records.filter { $0.state == .interrupted }.count
        if interrupted > 0 { log.warning("\(interrupted) commands were interrupted when the last process ended") }
        tellJournal(
            JournalEvent(
                state: recovery.problem != nil ? "failed" : recovery.brokenLines == 0 ? "ok" : "recovered",
                reason: recovery.problem, interrupted: interrupted, brokenLines: recovery.brokenLines,
                putAside: recovery.putAside))
        if recovery.brokenLines > 0 {
            log.error("the journal held \(recovery.brokenLines) lines that could not be read; it was put aside")
        }
    }

    /// Ends the events; their socket is closed by its owner.
    func close() { events = nil }

    // MARK: Commands

    /// Enters a command and writes it down; fails when a robot's queue is full.
    func accept(
        _ say: Say, isClip: Bool, id: String?, of client: ClientName, robots: [ActiveRobot], segments: [Action],
        expiry: Int64?, source: JSONValue
    ) throws(RequestError) -> (command: Command, position: Int) {
        let (command, position) = try ledger.accept(
            say, isClip: isClip, id: id, of: client, robots: robots.map { ($0.name, $0.channel.stopCount) },
            holdCounts: Dictionary(uniqueKeysWithValues: robots.map { ($0.name, $0.channel.holdCount) }),
            segments: segments, expiry: expiry, received: Clock.monotonic())
        journal?.accept(command.number, robots: command.robots, request: source, of: client)
        accepted += 1
        return (command, position)
    }

    /// Enters a text that was carried out at once; ``finish(_:source:of:)`` writes it down afterwards.
    func enterDone(
        _ say: Say, id: String?, of client: ClientName, robots: [ActiveRobot]
    ) throws(RequestError) -> Command {
        var say = say
        // A full queue is no reason not to do it.
        say.mode = .replace
        return try ledger.accept(
            say, id: id, of: client, robots: robots.map { ($0.name, $0.channel.stopCount) }, segments: [], expiry: nil,
            received: Clock.monotonic()
        ).entry
    }

    /// Writes down and tells that a text that was carried out at once is over: no stop waits for a disk.
    func finish(_ command: Command, source: JSONValue, of client: ClientName) {
        journal?.accept(command.number, robots: command.robots, request: source, of: client)
        move(command.number, to: .done)
    }

    /// Tells that a command was accepted, and has it carried out.
    func begin(_ command: Command, starts: [StreamStart]) {
        log.info(
            "queued: \(command.say.text.prefix(200))",
            metadata: [
                "command": "\(CommandName.text(command.number))", "robot": "\(command.robots.joined(separator: ","))",
            ])
        tell(.state(.queued, .init(starts: starts.isEmpty ? nil : starts)), of: command, frame: nil)
        planner.post(.say(command))
    }

    /// Moves a command on and tells the event. Nothing happens when it is over already.
    func move(
        _ number: Int64, to state: CommandState, frame: Int64? = nil, details: CommandEvent.StateDetails = .init()
    ) {
        guard ledger.move(number, to: state), let command = ledger[number] else { return }
        if state.isFinal { journal?.end(number, state) }
        tell(.state(state, details), of: command, frame: frame)
        log.info("\(state.rawValue)", metadata: ["command": "\(CommandName.text(number))"])
    }

    /// Notes that a robot has played the last frame of a command.
    func end(_ number: Int64, on robot: String, frame: Int64) {
        let found = achieved.removeValue(forKey: number)
        if ledger.end(number, on: robot) { move(number, to: .done, frame: frame, details: .init(achieved: found)) }
    }

    /// Notes where the actions of a command have led, for its event `done`.
    func note(_ findings: [CommandEvent.Achievement], for number: Int64) {
        if ledger[number]?.state.isFinal == false { achieved[number, default: []] += findings }
    }

    /// Gives a command up.
    func cancel(_ command: Command, as state: CommandState) {
        planner.post(.cancel(command.number, robots: command.robots))
        move(command.number, to: state)
    }

    /// Ends what a replacement takes the place of; what still plays up to it ends when it begins.
    func preempt(before number: Int64, of robot: ActiveRobot, but playing: Int64 = 0, frame: Int64) {
        for older in ledger.unfinished(of: robot.name) where older.number < number && older.number != playing {
            giveUpOthers(of: older, but: robot)
            move(older.number, to: .preempted, frame: frame)
        }
    }

    /// Ends the commands from before the robot's last stop.
    func giveUpAll(of robot: ActiveRobot, as state: CommandState, reason: String? = nil) {
        let stopCount = robot.channel.stopCount
        planner.post(.clear(robot: robot.name, stopCount: stopCount))
        for command in ledger.unfinished(of: robot.name) where command.stopCount(of: robot.name) < stopCount {
            giveUpOthers(of: command, but: robot)
            move(command.number, to: state, details: .init(reason: reason))
        }
    }

    /// In step or not at all: the others of a group do not go on alone.
    private func giveUpOthers(of command: Command, but robot: ActiveRobot) {
        guard command.isGroup else { return }
        planner.post(.cancel(command.number, robots: command.robots.filter { $0 != robot.name }))
    }

    // MARK: Events

    /// Tells an event of a command.
    func tell(_ content: CommandEvent.Content, of number: Int64, robot: String, frame: Int64?) {
        guard let command = ledger[number] else { return }
        tell(content, of: command, robot: robot, frame: frame)
    }

    private func tell(
        _ content: CommandEvent.Content, of command: Command, robot: String? = nil, frame: Int64?
    ) {
        let event = CommandEvent(
            content, command: command.number, id: command.id, robot: robot ?? command.robot, state: command.state,
            frame: frame, robots: command.isGroup ? command.robots : nil)
        events?.publish("event.\(CommandName.text(command.number)).", Reply.members(event))
    }

    /// Tells an event of a robot; what its stream does is kept for those who subscribe later.
    func tell(_ event: RobotEvent, of robot: String) {
        let (topic, members) = ("robot.\(robot).", event.members(of: robot))
        if case .robot = event { events?.retain(topic, members) } else { events?.publish(topic, members) }
    }

    /// Tells, also to those who come later, what is static about a robot.
    func tell(_ description: StreamDescription) {
        events?.retain("profile.\(description.robot).", Reply.members(description))
    }

    /// Tells, also to those who come later, how it stands with a robot's measured state.
    func tell(_ event: SourceEvent) { events?.retain("source.\(event.robot).", Reply.members(event)) }

    /// Tells what happens to a live person.
    func tell(_ event: PersonEvent) { events?.publish("person.\(event.person).", Reply.members(event)) }

    /// Tells, also to those who come later, how the journal fares: without it commands are carried out all the same.
    private func tellJournal(_ event: JournalEvent) {
        if let reason = event.reason { log.error("the journal: \(reason)") }
        events?.retain("daemon.journal.", Reply.members(event))
    }
}

extension Command {
    /// The command as `status` shows it.
    var description: CommandDescription {
        CommandDescription(robots: robots, command: number, id: id, state: state, text: say.text)
    }
}
