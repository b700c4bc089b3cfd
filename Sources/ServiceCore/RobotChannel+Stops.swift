package import Robots
internal import Synchronization
internal import Timeline
package import Wire

extension RobotChannel {
    /// Carries out one of the stopping verbs or `resume`; returns the frame with which it takes effect.
    package func perform(_ verb: Verb, of profile: RobotProfile) throws(RequestError) -> Int64 {
        let now = Clock.monotonic()
        return try shared.withLock { shared -> Result<Int64, RequestError> in
            let countsAsStop = verb == .stop || verb == .halt
            if verb == .hold { shared.holdCount += 1 }
            // Repeated, a verb takes no new effect; but what was said in between and is still being made must not follow.
            if let stop = shared.stop, stop.verb == verb {
                if countsAsStop { shared.stopCount += 1 }
                return .success(stop.frame)
            }
            if verb == .reset, let frame = shared.resetFrame { return .success(frame) }
            let isHalted = RobotChannel.isHalted(shared)
            let edit: PlayerEdit
            switch verb {
            case .hold: edit = .hold
            case .resume: edit = .resume
            case .stop: edit = .stop
            case .halt: edit = .halt
            default: edit = .reset
            }
            if isHalted, verb != .reset, verb != .halt {
                return .failure(RequestError(.halted, "the robot is halted; send `reset` first"))
            }
            if isHalted, verb == .reset, shared.status.state != .halted || !shared.status.isSettled {
                return .failure(RequestError(.stillMoving, "the robot still comes to rest; reset it when it has"))
            }
            if verb == .resume || verb == .reset, let distance = RobotChannel.distance(shared, at: now),
                distance.farthest > RobotPlayer.farthestStart
            {
                return .failure(RobotChannel.tooFar(distance, profile))
            }
            if verb == .resume { RobotChannel.meetMoved(in: &shared, at: now) }
            RobotChannel.enqueue(Posted(change: .edit(edit), origin: .none), in: &shared)
            if countsAsStop { shared.stopCount += 1 }
            if verb == .reset { shared.needsStart = true }
            shared.notBefore = 0
            shared.isHeld = verb == .hold
            let frame = max(shared.open, missed.load(ordering: .acquiring) + 1)
            shared.stop = verb == .resume || verb == .reset ? nil : (verb, frame)
            if verb == .reset, isHalted { shared.resetFrame = frame }
            if verb == .halt { shared.resetFrame = nil }
            return .success(frame)
        }.get()
    }
}
