/// What an operator has asked of a stream: the verbs and their precedence, apart from all motion.
///
/// Every verb may be repeated: it then names the frame of the first time and changes nothing.
struct StreamMachine: Hashable, Sendable {
    enum Mode: Hashable, Sendable {
        /// Along the plan, to its end.
        case following
        /// At rest on the plan, or on the way to it.
        case held(since: Int64)
        /// Down by the shortest stop, latched.
        case halted(since: Int64)
    }

    private(set) var mode = Mode.following
    private(set) var isShuttingDown = false
    /// The frame with which a stop took effect that is still under way.
    private(set) var stoppingSince: Int64?

    var isHalted: Bool { if case .halted = mode { true } else { false } }
    var isHeld: Bool { if case .held = mode { true } else { false } }

    /// Whether new motion is refused, and why.
    var motionRefusal: EditRefusal? { isHalted ? .halted : (isShuttingDown ? .shuttingDown : nil) }

    mutating func hold(at frame: Int64) -> EditOutcome {
        switch mode {
        case .following:
            mode = .held(since: frame)
            return .effective(frame: frame)
        case .held(let since): return .effective(frame: since)
        case .halted: return .refused(.halted)
        }
    }

    mutating func resume(at frame: Int64) -> EditOutcome {
        if isHalted { return .refused(.halted) }
        mode = .following
        return .effective(frame: frame)
    }

    mutating func stop(at frame: Int64) -> EditOutcome {
        if isHalted { return .refused(.halted) }
        mode = .following
        let since = stoppingSince ?? frame
        stoppingSince = since
        return .effective(frame: since)
    }

    mutating func halt(at frame: Int64) -> EditOutcome {
        if case .halted(let since) = mode { return .effective(frame: since) }
        mode = .halted(since: frame)
        stoppingSince = nil
        return .effective(frame: frame)
    }

    mutating func reset(at frame: Int64, isAtRest: Bool) -> EditOutcome {
        if isShuttingDown { return .refused(.shuttingDown) }
        guard isHalted, isAtRest else { return .refused(.notHalted) }
        mode = .following
        return .effective(frame: frame)
    }

    mutating func shutdown(at frame: Int64) -> EditOutcome {
        isShuttingDown = true
        // A halted body stays where it is: the latch outlives the daemon's wish to stand.
        return isHalted ? .effective(frame: frame) : stop(at: frame)
    }

    /// New motion took the place of what a stop had planned, or the stand pose is reached.
    mutating func stopEnded() { stoppingSince = nil }
}
