internal import Robots
internal import Synchronization
internal import Timeline
package import Wire

/// A receiver of one robot's references. Belongs to the publisher thread; what it does there allocates nothing of ours and
/// never waits.
protocol ReferenceSink: AnyObject {
    /// How many frames, from the next one on, it needs to know.
    var frameCount: Int { get }
    /// For how many of them it needs the human.
    var personCount: Int { get }
    /// What others may read.
    var report: SinkReport { get }
    /// From now on the frames are of another profile of the robot, and come at this rate; may allocate.
    func follow(_ profile: RobotProfile, streamRate: Int) throws(SinkError)
    /// Takes a tick's frames, of which the first is published now, and the humans of those that it asked for.
    func publish(_ frames: LookAhead, people: HumanLookAhead?, stamp: ReferenceStamp)
    /// Says goodbye and closes; may take a moment.
    func close()
}

extension ReferenceSink {
    var personCount: Int { 0 }
}

/// How a sink fares; written by the publisher thread, read by any.
package final class SinkReport: Sendable {
    /// Name of the robot.
    package let robot: String
    /// Name of the format.
    package let format: String
    /// The endpoint in force.
    package let endpoint: String
    private let sentMessages = Atomic(0)
    private let droppedMessages = Atomic(0)
    private let refusedMessages = Atomic(0)
    private let hasFailed = Atomic(false)
    private let failure = Mutex("")

    init(robot: String, format: String, endpoint: String) {
        self.robot = robot
        self.format = format
        self.endpoint = endpoint
    }

    /// Messages handed over.
    package var sent: Int { sentMessages.load(ordering: .relaxed) }
    /// Messages that the receiver's side had no room for.
    package var dropped: Int { droppedMessages.load(ordering: .relaxed) }
    /// Messages that were not sent as a number in them could not be.
    package var refused: Int { refusedMessages.load(ordering: .relaxed) }
    /// Why nothing reaches the receiver at the moment; nil when all is well.
    package var problem: String? {
        hasFailed.load(ordering: .acquiring) ? failure.withLock { $0 } : nil
    }

    func count(isSent: Bool) {
        if isSent {
            sentMessages.add(1, ordering: .relaxed)
        } else {
            droppedMessages.add(1, ordering: .relaxed)
        }
    }

    func countRefused() { refusedMessages.add(1, ordering: .relaxed) }

    /// Says why nothing reaches the receiver, or nil when all is well; costs nothing while all is well.
    func note(_ problem: String?) {
        if let problem {
            guard !hasFailed.load(ordering: .relaxed) else { return }
            failure.withLock { $0 = problem }
        }
        hasFailed.store(problem != nil, ordering: .releasing)
    }

    /// The report as the wire shows it.
    package var state: SinkState {
        SinkState(
            robot: robot, format: format, endpoint: endpoint, sent: sent, dropped: dropped, refused: refused,
            problem: problem)
    }
}
