internal import Geometry
internal import HumanBody
internal import HumanMotion

/// The human frames behind a robot's plan, found by trajectory and waypoint. A ring of constant size: allocates nothing once made.
public struct HumanTrack: Sendable {
    /// Frames of one trajectory that were made one after another.
    private struct Run {
        var number: Int
        var trajectory: UInt64
        var firstWaypoint: Int
        var count: Int
        /// Place of the first one among all frames ever taken.
        var start: Int
    }

    /// Rotations of a frame: the human's 22, then the robot's root.
    static let rotationCount = HumanJoint.count + 1
    private static let mostRuns = 64

    private let capacity: Int
    private var rotations: [Quaternion]
    private var pelvises: [Vector3]
    private var runs: [Run] = []
    private var end = 0
    private var lastNumber = 0

    /// A track that remembers the last `capacity` frames; a plan reaches at most a minute ahead.
    public init(capacity: Int = 4096) {
        precondition(capacity > 0)
        self.capacity = capacity
        rotations = Array(repeating: .identity, count: capacity * Self.rotationCount)
        pelvises = Array(repeating: .zero, count: capacity)
        runs.reserveCapacity(Self.mostRuns + 1)
    }

    /// Takes in frames; those of the same trajectory from the first of them on are forgotten.
    public mutating func take(_ humanChunk: HumanChunk) {
        guard !humanChunk.frames.isEmpty else { return }
        for index in runs.indices where runs[index].trajectory == humanChunk.trajectory {
            runs[index].count = min(runs[index].count, max(0, humanChunk.firstWaypoint - runs[index].firstWaypoint))
        }
        runs.removeAll { $0.count == 0 || $0.start + $0.count <= end - capacity }
        if let last = runs.last, last.trajectory == humanChunk.trajectory,
            last.firstWaypoint + last.count == humanChunk.firstWaypoint,
            last.start + last.count == end
        {
            runs[runs.count - 1].count += humanChunk.frames.count
        } else {
            lastNumber += 1
            runs.append(
                Run(
                    number: lastNumber, trajectory: humanChunk.trajectory, firstWaypoint: humanChunk.firstWaypoint,
                    count: humanChunk.frames.count, start: end))
            if runs.count > Self.mostRuns { runs.removeFirst() }
        }
        for index in humanChunk.frames.indices {
            let place = end % capacity
            pelvises[place] = humanChunk.frames[index].pelvis
            for joint in HumanJoint.allCases {
                rotations[place * Self.rotationCount + joint.rawValue] = humanChunk.frames[index].rotations[joint]
            }
            rotations[place * Self.rotationCount + HumanJoint.count] = humanChunk.roots[index]
            end += 1
        }
    }

    /// The waypoints around a place on the curve: those of its interval, and a neighbour on each side where there is one.
    struct Neighbours {
        /// Tells which frames were made in one go.
        var number: Int
        var slots: (Int, Int, Int, Int)
        var count: Int
        /// Place on the curve through them, from 0.
        var position: Double

        func slot(_ index: Int) -> Int {
            switch index {
            case 0: slots.0
            case 1: slots.1
            case 2: slots.2
            default: slots.3
            }
        }
    }

    /// The waypoints around `waypoint` of a trajectory; nil where nothing is known.
    func neighbours(of waypoint: Double, in trajectory: UInt64) -> Neighbours? {
        let here = Int(waypoint)
        guard let (slot, number) = find(here, in: trajectory) else { return nil }
        var result = Neighbours(number: number, slots: (slot, slot, slot, slot), count: 1, position: 0)
        if let before = find(here - 1, in: trajectory)?.slot {
            result.slots = (before, slot, slot, slot)
            result.count = 2
        }
        result.position = Double(result.count - 1)
        guard let after = find(here + 1, in: trajectory)?.slot else { return result }
        result.position += waypoint - Double(here)
        if result.count == 2 { result.slots.2 = after } else { result.slots.1 = after }
        result.count += 1
        if let last = find(here + 2, in: trajectory)?.slot {
            if result.count == 3 { result.slots.3 = last } else { result.slots.2 = last }
            result.count += 1
        }
        return result
    }

    /// A rotation on the curve through the waypoints.
    func rotation(_ joint: HumanJoint, at place: Neighbours) -> Quaternion { rotation(joint.rawValue, at: place) }

    /// The robot's root on the curve through the waypoints.
    func root(at place: Neighbours) -> Quaternion { rotation(HumanJoint.count, at: place) }

    private func rotation(_ slot: Int, at place: Neighbours) -> Quaternion {
        RotationSpline.sample(count: place.count, at: place.position) {
            rotations[place.slot($0) * Self.rotationCount + slot]
        }.rotation
    }

    /// The pelvis on the curve through the waypoints.
    func pelvis(at place: Neighbours) -> Vector3 {
        func coordinate(_ axis: Int) -> Double {
            LocalSpline.sample(count: place.count, at: place.position) { pelvises[place.slot($0)][axis] }.value
        }
        return Vector3(coordinate(0), coordinate(1), coordinate(2))
    }

    private func find(_ waypoint: Int, in trajectory: UInt64) -> (slot: Int, number: Int)? {
        for run in runs.reversed() where run.trajectory == trajectory {
            guard waypoint >= run.firstWaypoint, waypoint < run.firstWaypoint + run.count else { continue }
            let place = run.start + waypoint - run.firstWaypoint
            return place >= end - capacity ? (place % capacity, run.number) : nil
        }
        return nil
    }
}
