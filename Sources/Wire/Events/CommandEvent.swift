/// Something happened to a command: the topic `event.<command>.`.
public struct CommandEvent: Codable, Hashable, Sendable {
    /// What happened.
    public enum Content: Hashable, Sendable {
        /// The command came to a state.
        case state(CommandState, StateDetails)
        /// Its first motion lies on the timeline.
        case spliced(Spliced)
        /// One of its actions begins.
        case segment(SegmentBegun)
        /// The plan ended before the command did.
        case underrun
        /// The limits would have moved a joint too far from the plan.
        case rejected(Rejected)
    }

    /// What happened.
    public var content: Content
    /// The daemon's name for the command.
    public var command: String
    /// The client's own name for it.
    public var id: String?
    /// The robot that it happened to.
    public var robot: String
    /// Where the command stands.
    public var state: CommandState
    /// The frame with which it happened, where one matters.
    public var frame: Int64?
    /// The command's robots, where there are several.
    public var robots: [String]?

    /// Creates an event.
    public init(
        _ content: Content, command: Int64, id: String?, robot: String, state: CommandState, frame: Int64?,
        robots: [String]?
    ) {
        (self.content, self.command, self.id) = (content, CommandName.text(command), id)
        (self.robot, self.state, self.frame, self.robots) = (robot, state, frame, robots)
    }

    /// What a change of the state tells; only what belongs to the state is there.
    public struct StateDetails: Codable, Hashable, Sendable {
        /// `queued`: from where the streams begin anew, where they do.
        public var starts: [StreamStart]?
        /// `generating`: the actions with their lengths.
        public var segments: [ActionDescription]?
        /// `failed`: why.
        public var reason: String?
        /// `done`: what came of distances, turns and steps.
        public var achieved: [Achievement]?

        /// Nothing but the state.
        public init(
            starts: [StreamStart]? = nil, segments: [ActionDescription]? = nil, reason: String? = nil,
            achieved: [Achievement]? = nil
        ) {
            (self.starts, self.segments, self.reason, self.achieved) = (starts, segments, reason, achieved)
        }
    }

    /// Where an action has led.
    public struct Achievement: Codable, Hashable, Sendable {
        /// The action, from 0.
        public var segment: Int
        /// Where it has led.
        public var goal: GoalDescription
        /// Whether the robot's sensors say so, and not the plan alone.
        public var isMeasured: Bool

        enum CodingKeys: String, CodingKey {
            case segment
            case isMeasured = "measured"
        }

        /// Creates a finding.
        public init(segment: Int, goal: GoalDescription, isMeasured: Bool = false) {
            (self.segment, self.goal, self.isMeasured) = (segment, goal, isMeasured)
        }

        /// Writes the members of the goal beside its own.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(segment, forKey: .segment)
            try container.encode(isMeasured, forKey: .isMeasured)
            try goal.encode(to: encoder)
        }

        /// Reads what ``encode(to:)`` writes.
        public init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            segment = try container.decode(Int.self, forKey: .segment)
            isMeasured = try container.decodeIfPresent(Bool.self, forKey: .isMeasured) ?? false
            goal = try GoalDescription(from: decoder)
        }
    }

    /// How new motion lies on the timeline.
    public struct Spliced: Codable, Hashable, Sendable {
        /// The first frame of the new plan.
        public var firstFrame: Int64
        /// The first frame that differs from the old plan by more than 0.005 rad.
        @Nullable public var changedFrame: Int64?
        /// From the command's receipt to when that frame is due, milliseconds.
        public var latencyMs: Double
        /// Whether the new motion is joined to the old by a ramp.
        public var bridged: Bool

        enum CodingKeys: String, CodingKey, CaseIterable { case firstFrame, changedFrame, latencyMs, bridged }

        /// Creates the details.
        public init(firstFrame: Int64, changedFrame: Int64?, latencyMs: Double, bridged: Bool) {
            (self.firstFrame, self.changedFrame) = (firstFrame, changedFrame)
            (self.latencyMs, self.bridged) = (latencyMs, bridged)
        }
    }

    /// Which action begins.
    public struct SegmentBegun: Codable, Hashable, Sendable {
        /// The action, from 0.
        public var segment: Int

        enum CodingKeys: String, CodingKey, CaseIterable { case segment }

        /// Creates the details.
        public init(segment: Int) { self.segment = segment }
    }

    /// What the limits would have done.
    public struct Rejected: Codable, Hashable, Sendable {
        /// The joint.
        public var joint: String
        /// How far from the plan, rad or m.
        public var distance: Double

        enum CodingKeys: String, CodingKey, CaseIterable { case joint, distance }

        /// Creates the details.
        public init(joint: String, distance: Double) { (self.joint, self.distance) = (joint, distance) }
    }

    // MARK: Coding

    /// Events that are no state, and the members of their own; for the protocol's page.
    public static let details: [(event: String, members: [String])] = [
        ("spliced", Spliced.CodingKeys.allCases.map { JSONValue.memberName($0.stringValue) }),
        ("segment", SegmentBegun.CodingKeys.allCases.map { JSONValue.memberName($0.stringValue) }),
        ("underrun", []),
        ("rejected", Rejected.CodingKeys.allCases.map { JSONValue.memberName($0.stringValue) }),
    ]

    /// What it is called: a state, or one of ``details``.
    public var name: String {
        switch content {
        case .state(let state, _): state.rawValue
        case .spliced: "spliced"
        case .segment: "segment"
        case .underrun: "underrun"
        case .rejected: "rejected"
        }
    }

    private struct Head: Codable {
        var event: String
        var command: String
        @Nullable var id: String?
        var robot: String
        var state: CommandState
        @Nullable var frame: Int64?
        var robots: [String]?
    }

    /// Writes all members beside each other.
    public func encode(to encoder: any Encoder) throws {
        try Head(event: name, command: command, id: id, robot: robot, state: state, frame: frame, robots: robots)
            .encode(to: encoder)
        switch content {
        case .state(_, let details): try details.encode(to: encoder)
        case .spliced(let details): try details.encode(to: encoder)
        case .segment(let details): try details.encode(to: encoder)
        case .rejected(let details): try details.encode(to: encoder)
        case .underrun: break
        }
    }

    /// Reads what ``encode(to:)`` writes.
    public init(from decoder: any Decoder) throws {
        let head = try Head(from: decoder)
        (command, id, robot, state) = (head.command, head.id, head.robot, head.state)
        (frame, robots) = (head.frame, head.robots)
        switch head.event {
        case "spliced": content = .spliced(try Spliced(from: decoder))
        case "segment": content = .segment(try SegmentBegun(from: decoder))
        case "underrun": content = .underrun
        case "rejected": content = .rejected(try Rejected(from: decoder))
        default: content = .state(head.state, try StateDetails(from: decoder))
        }
    }
}
