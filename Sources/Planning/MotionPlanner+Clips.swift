internal import HumanBody
internal import ServiceCore
internal import Wire

extension MotionPlanner {
    /// The frames of a command's file, which begins to be read when they are first asked for; nil while it is.
    func frames(of entry: Command) -> ClipReading.Outcome? {
        if let reading = readings[entry.number] { return reading.outcome(at: Clock.monotonic()) }
        let reading = ClipReading(entry.say.text, from: clips) { [inbox] in inbox.nudge() }
        readings[entry.number] = reading
        return reading.outcome(at: Clock.monotonic())
    }

    /// Carries orders out in turn, but for replacements whose file is being read, and what was asked of the same robots after
    /// them: those are held back.
    func carryOut(_ orders: [PlannerOrder], but superseded: Set<Int64>) async {
        var held: [PlannerOrder] = []
        var blocked: Set<String> = []
        for order in orders {
            switch order {
            case .say(let entry):
                if superseded.contains(entry.number) { continue }
                let waits = entry.isClip && entry.say.mode == .replace && frames(of: entry) == nil
                if waits || !blocked.isDisjoint(with: entry.robots) {
                    held.append(order)
                    blocked.formUnion(entry.robots)
                    continue
                }
            case .cancel(let number, _):
                held.removeAll { if case .say(let entry) = $0 { entry.number == number } else { false } }
            case .clear: break
            }
            await carryOut(order)
        }
        heldOrders = held
    }

    /// Lets go of what was read for commands that nobody waits for any more.
    func forgetReadings() {
        guard !readings.isEmpty else { return }
        var wanted: Set<Int64> = []
        for case .say(let entry) in heldOrders { wanted.insert(entry.number) }
        for track in tracks.values {
            wanted.formUnion(track.plan.queue.map(\.number))
            wanted.formUnion([track.plan.deferred?.number, track.pending?.work.command.number].compactMap { $0 })
        }
        readings = readings.filter { wanted.contains($0.key) }
    }
}
