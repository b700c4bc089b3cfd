import Geometry

/// Moves the root up where a way from one pose to another would put a robot's soles under the floor: joints that move straight from
/// one value to another do not keep feet level.
struct SoleLift: Sendable {
    private let soles: SoleKinematics
    private let facing: Quaternion
    /// Frames between two at which the soles are looked at; between them the lift runs straight.
    private let stride: Int
    /// Frames before and behind one over which the lift is averaged, so that it has no corners where it was looked at.
    private let radius: Int
    /// Lift by frame: how much each needs, and what it gets.
    private var needed: [Double]
    private var smooth: [Double]

    /// The lift of a robot's stream with so many frames of plan at most; nil for a robot without soles.
    init?(_ soles: SoleKinematics?, facing: Quaternion, streamRate: Int, capacity: Int) {
        guard let soles else { return nil }
        self.soles = soles
        self.facing = facing
        stride = max(1, streamRate / 100)
        radius = stride / 2
        needed = Array(repeating: 0, count: capacity + 1)
        smooth = Array(repeating: 0, count: capacity + 1)
    }

    /// Height of the lowest corner of the soles, m, in a pose whose coordinates `value` gives.
    func lowest(_ value: (Int) -> Double) -> Double {
        let coordinates = RootCoordinates(
            position: Vector3(value(RootCoordinates.x), value(RootCoordinates.y), value(RootCoordinates.z)),
            yaw: value(RootCoordinates.yaw),
            tilt: Vector3(value(RootCoordinates.tiltX), value(RootCoordinates.tiltY), 0))
        let root = RigidTransform(
            translation: coordinates.position, rotation: coordinates.rotation * facing.conjugate)
        return soles.lowest(root) { value(RootCoordinates.count + $0) }
    }

    /// Finds the lift of `count` frames that follow one with the lift `first`; `need` says by this lift what each needs, counted
    /// from 1, and `step` by how much it may differ from that of the frame before. Allocates nothing.
    mutating func find(
        _ count: Int, after first: Double, need: (SoleLift, Int) -> Double, step: (Int) -> Double
    ) {
        needed[0] = first
        var known = 0
        while known < count {
            let next = min(known + stride, count)
            needed[next] = need(self, next)
            let (low, high) = (needed[known], needed[next])
            for frame in known..<next where frame > known {
                needed[frame] = low + (high - low) * Double(frame - known) / Double(next - known)
            }
            known = next
        }
        // Forward from the first frame, which is as it is, and back from the last.
        for frame in 1...count { needed[frame] = bounded(needed[frame], by: step(frame), from: needed[frame - 1]) }
        for frame in (1..<count).reversed() {
            needed[frame] = bounded(needed[frame], by: step(frame + 1), from: needed[frame + 1])
        }
        for frame in 0...count {
            let reach = min(radius, frame, count - frame)
            var sum = 0.0
            for neighbour in (frame - reach)...(frame + reach) { sum += needed[neighbour] }
            smooth[frame] = sum / Double(2 * reach + 1)
        }
    }

    private func bounded(_ lift: Double, by step: Double, from other: Double) -> Double {
        min(max(lift, other - step), other + step)
    }

    /// The lift of a frame that was found, and its slope and curvature, in units of frames.
    func callAsFunction(_ frame: Int, of count: Int) -> CurvePoint {
        let (before, here) = (smooth[max(frame - 1, 0)], smooth[frame])
        guard frame < count else { return CurvePoint(value: here, velocity: here - before, acceleration: 0) }
        let after = smooth[frame + 1]
        return CurvePoint(value: here, velocity: (after - before) / 2, acceleration: after - 2 * here + before)
    }
}

extension MotionTimeline {
    /// Lowest corner of the soles in a frame of the plan; 0 where there are none.
    func lowestSole(_ index: Int64) -> Double { lift?.lowest { point(index, $0).value } ?? 0 }

    /// How low the soles may be at a frame that a bridge bends; nil at others, where the plan itself says it.
    func floor(at index: Int64) -> Double? {
        guard isBridging, index >= bridgeStart, Double(index - bridgeStart) <= bridge.duration else { return nil }
        return min(0, bridgeFloor, bridgedLowest)
    }

    /// Raises the frames behind `base` as far as a bridge bends them under the floor, and no higher than the motion itself is.
    mutating func liftBridge(from base: Int64) {
        let last = min(end - 1, bridgeStart + Int64(bridge.duration.rounded(.up)))
        guard isBridging, lift != nil, last > base else { return }
        var deepest = bridgedLowest
        raise(base, last) { timeline, lift, index in
            let time = Double(index - timeline.bridgeStart)
            let progress = timeline.bridge.progress(at: time)
            let own = lift.lowest {
                timeline.point(index, $0).value - timeline.bridge($0, at: time, progress: progress).value
            }
            deepest = min(deepest, own)
            return max(0, min(0, own, timeline.bridgeFloor) - lift.lowest { timeline.point(index, $0).value })
        }
        bridgedLowest = deepest
    }

    /// Raises or lowers the frames behind `base`, a way to another pose, so that the lowest sole goes straight from its height at
    /// one end to that at the other: feet stay on the floor.
    mutating func liftWay(from base: Int64) {
        guard lift != nil, end - 1 > base else { return }
        let (first, last, length) = (lowestSole(base), lowestSole(end - 1), Double(end - 1 - base))
        bridgeLift = 0
        raise(base, end - 1) { timeline, lift, index in
            let wanted = first + (last - first) * Double(index - base) / length
            return wanted - lift.lowest { timeline.point(index, $0).value }
        }
    }

    /// How far the root may move up or down from the frame before on top of how it moves there, so that it is no faster than on
    /// the floor.
    private func spareStep(_ index: Int64) -> Double {
        let (x, y) = (point(index, RootCoordinates.x).velocity, point(index, RootCoordinates.y).velocity)
        let most = 0.95 * greatestPlanarStep
        return max(0, max(0, most * most - x * x - y * y).squareRoot() - abs(point(index, RootCoordinates.z).velocity))
    }

    private mutating func raise(
        _ base: Int64, _ last: Int64, need: (MotionTimeline, SoleLift, Int64) -> Double
    ) {
        guard var lift else { return }
        self.lift = nil
        let count = Int(last - base)
        lift.find(count, after: bridgeLift) {
            need(self, $0, base + Int64($1))
        } step: {
            spareStep(base + Int64($0))
        }
        for frame in 1...count {
            let index = base + Int64(frame)
            var point = point(index, RootCoordinates.z)
            let raise = lift(frame, of: count)
            point.value += raise.value
            point.velocity += raise.velocity
            point.acceleration += raise.acceleration
            set(index, RootCoordinates.z, point)
        }
        bridgeLift = lift(count, of: count).value
        self.lift = lift
    }
}
