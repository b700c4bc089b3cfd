package import ServiceCore
internal import Synchronization
internal import Wire

/// What the planner is asked to do.
package enum PlannerOrder: Sendable {
    /// Carry out a command.
    case say(Command)
    /// Give a command up on these robots.
    case cancel(Int64, robots: [String])
    /// Forget the commands of a robot that are older than the stopCount: its timeline has been cleared.
    case clear(robot: String, stopCount: Int)
}

/// Orders on their way to the planner, in order; posting never waits.
package final class PlannerInbox: Sendable {
    private let orders = Mutex<[PlannerOrder]>([])
    /// Yields when there may be work.
    package let wakeUps: AsyncStream<Void>
    private let wakeUp: AsyncStream<Void>.Continuation

    package init() {
        (wakeUps, wakeUp) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Adds an order and wakes the planner.
    package func post(_ order: PlannerOrder) {
        orders.withLock { $0.append(order) }
        wakeUp.yield()
    }

    /// Wakes the planner to look at the timelines.
    package func nudge() { wakeUp.yield() }

    /// Ends the planner's loop.
    package func finish() { wakeUp.finish() }

    /// Whether an order waits that takes the place of all that is planned for a robot.
    func endsPlan(of robot: String) -> Bool {
        orders.withLock { orders in
            orders.contains { order in
                switch order {
                case .say(let entry):
                    entry.say.mode == .replace && entry.say.moment == .now && entry.robots.contains(robot)
                case .clear(let name, _): name == robot
                case .cancel: false
                }
            }
        }
    }

    /// Takes all orders.
    package func take() -> [PlannerOrder] {
        orders.withLock { orders in
            let taken = orders
            orders = []
            return taken
        }
    }
}
