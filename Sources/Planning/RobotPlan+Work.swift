internal import HumanBody
internal import ServiceCore
internal import TextEncoding
internal import Wire

extension RobotPlan {
    /// A command whose motion is being made.
    struct Work: Sendable {
        /// Where the first motion of a command goes; what follows goes on from it.
        enum Placement: Hashable, Sendable {
            /// At the end of the plan.
            case append
            /// In place of the plan from a moment on, which is so many seconds ahead.
            case replace(in: Double)
            /// In place of tokens that only led to a stand.
            case revise
            /// At the end of the plan, but not as a part of the motion there: the robots of a group begin together.
            case begin
        }

        /// Where the motion of the action at hand comes from.
        enum Content: Sendable {
            /// The action is not begun.
            case pending
            /// The generator, as the text says: tokens that are made and not on the timeline yet, and whether the action is
            /// over with them.
            case text(made: [PlacedToken<Stream>], isOver: Bool)
            /// Trials, of which the one is taken that leads where it shall.
            case goal(GoalPursuit<Stream>)
            /// A motion file, from the frame with that index on.
            case clip(next: Int)
        }

        let command: Command
        /// The actions with their lengths, repetitions written out.
        var actions: [Action]
        /// The frames of a motion file, whole tokens of them.
        let clip: [HumanFrame]?
        var placement: Placement
        /// The index of the action at hand.
        var index = 0
        var content = Content.pending
        /// The way before the action at hand.
        var start: TravelledPath?
        /// What came of the goals, for the event `done`.
        var achieved: [CommandEvent.Achievement] = []
        /// The plan as it is played as long as nothing of this work has taken the place of tokens that only led to a stand.
        var uncut: Trajectory?
        /// For each action the one of the command that it belongs to: some are gone on with.
        private var labels: [Int]
        /// Where the command's action at hand began, and where it shall lead; nil where the sensors do not say.
        var course: Course?
        /// Whether the motion of the action at hand is made, and the robot stands until it is seen where that has led.
        private(set) var isStoppedForCourse = false
        /// Whether the stand is made, too, and waits for what the sensors say.
        var isCheckingCourse = false
        /// What of the goal of the command's action the robot has reached.
        private var reached: (label: Int, goal: MotionGoal)?
        /// Share of its depth that the action at hand keeps, so that a robot's body can do it.
        var depth = 1.0
        /// Whether none of its motion is on the timeline.
        var isFirst = true
        /// Whether later actions were given up, so that its last one is not its end.
        var isCut = false

        init(_ command: Command, _ actions: [Action], clip: [HumanFrame]? = nil, placement: Placement = .append) {
            self.command = command
            self.actions = actions
            labels = Array(actions.indices)
            self.clip = clip
            self.placement = placement
        }

        /// The action at hand.
        var action: Action { actions[index] }
        /// Which action of the command that is.
        var label: Int { labels[index] }
        /// Whether nothing follows the action at hand.
        var isAtLastAction: Bool { index == actions.count - 1 }

        /// Whether it takes the place of the plan, which somebody waits for.
        var isReplacing: Bool {
            if case .replace = placement { isFirst } else { false }
        }

        /// Whether its next motion is no part of what is planned: the robots of a group begin together, a file by itself.
        var beginsTrajectory: Bool {
            guard case .pending = content else { return false }
            if clip != nil { return true }
            return isFirst && (placement == .begin || isReplacing && command.isGroup)
        }

        /// Frames of the action at hand that are made, but will not be played: they are too late.
        var passedFrames: Int {
            if case .goal(let pursuit) = content { pursuit.passed } else { 0 }
        }

        /// Has the robot stand behind the action at hand, and then wait for what the sensors say.
        mutating func stopForCourse() {
            isCheckingCourse = isStoppedForCourse
            if !isStoppedForCourse { content = .pending }
            isStoppedForCourse = true
        }

        /// Has another action follow the one at hand, as a part of the same one of the command.
        mutating func insert(_ action: Action, label: Int) {
            actions.insert(action, at: index + 1)
            labels.insert(label, at: index + 1)
        }

        /// Notes what of the command's action at hand the sensors say was reached, from its beginning on.
        mutating func reach(measured goal: MotionGoal) {
            let own = label
            achieved.removeAll { $0.segment == own }
            reached = (label, goal)
            achieved.append(.init(segment: label, goal: goal.description, isMeasured: true))
        }

        /// Notes what of the goal of the action at hand was reached; parts of one action add up.
        mutating func reach(_ part: MotionGoal) {
            var goal = part
            if let reached, reached.label == label {
                goal.distance = part.distance.map { $0 + (reached.goal.distance ?? 0) }
                goal.turn = part.turn.map { $0 + (reached.goal.turn ?? 0) }
                goal.steps = part.steps.map { $0 + (reached.goal.steps ?? 0) }
                let own = label
                achieved.removeAll { $0.segment == own }
            }
            reached = (label, goal)
            achieved.append(.init(segment: label, goal: goal.description, isMeasured: false))
        }

        /// Goes on to the next action.
        mutating func finishAction() {
            index += 1
            content = .pending
            (start, isStoppedForCourse) = (nil, false)
            depth = 1
        }
    }
}
