import Geometry
import HumanBody

/// The last frames of a person, calibrated, in order of when they were seen; bounded by time, never by what waits.
///
/// Memory is taken once.
struct PoseRing: Sendable {
    /// Frames nearer to each other than this take each other's place: no robot is asked more often.
    static let spacing: Int64 = 3_900_000

    let capacity: Int
    private(set) var count = 0
    private var first = 0
    private var times: [Int64]
    private var rotations: [Quaternion]
    private var pelvises: [Vector3]
    private var contacts: [FootContacts]

    init(capacity: Int) {
        self.capacity = capacity
        times = Array(repeating: 0, count: capacity)
        rotations = Array(repeating: .identity, count: capacity * HumanJoint.count)
        pelvises = Array(repeating: .zero, count: capacity)
        contacts = Array(repeating: .none, count: capacity)
    }

    private func slot(_ index: Int) -> Int { (first + index) % capacity }

    func time(_ index: Int) -> Int64 { times[slot(index)] }
    func rotation(_ index: Int, _ joint: HumanJoint) -> Quaternion {
        rotations[slot(index) * HumanJoint.count + joint.rawValue]
    }
    func pelvis(_ index: Int) -> Vector3 { pelvises[slot(index)] }
    func contact(_ index: Int) -> FootContacts { contacts[slot(index)] }

    var newest: Int64? { count > 0 ? time(count - 1) : nil }

    mutating func removeAll() { (count, first) = (0, 0) }

    /// How a frame was put in.
    enum Insertion {
        case atEnd, between, duplicate, tooOld
    }

    /// Puts a frame where its time says.
    mutating func insert(_ frame: HumanFrame, at time: Int64) -> Insertion {
        var place = count
        while place > 0, self.time(place - 1) >= time {
            if self.time(place - 1) == time { return .duplicate }
            place -= 1
        }
        if place == count, count > 1, self.time(count - 1) - self.time(count - 2) < Self.spacing {
            // Denser than anyone asks: the newest counts.
            write(frame, time, to: slot(count - 1))
            return .atEnd
        }
        guard place > 0 || count < capacity else { return .tooOld }
        if count == capacity {
            first = (first + 1) % capacity
            count -= 1
            place -= 1
        }
        var index = count
        while index > place {
            move(slot(index - 1), to: slot(index))
            index -= 1
        }
        let isAtEnd = place == count
        count += 1
        write(frame, time, to: slot(place))
        return isAtEnd ? .atEnd : .between
    }

    private mutating func move(_ source: Int, to target: Int) {
        times[target] = times[source]
        for joint in 0..<HumanJoint.count {
            rotations[target * HumanJoint.count + joint] = rotations[source * HumanJoint.count + joint]
        }
        pelvises[target] = pelvises[source]
        contacts[target] = contacts[source]
    }

    private mutating func write(_ frame: HumanFrame, _ time: Int64, to slot: Int) {
        times[slot] = time
        for joint in 0..<HumanJoint.count { rotations[slot * HumanJoint.count + joint] = frame.rotations[joint] }
        pelvises[slot] = frame.pelvis
        contacts[slot] = frame.contacts
    }

    /// The last frame that was seen at `time` or before; −1 when all were seen later.
    func index(before time: Int64) -> Int {
        var index = count - 1
        while index >= 0, self.time(index) > time { index -= 1 }
        return index
    }
}
