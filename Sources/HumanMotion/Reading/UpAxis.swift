import Geometry
import HumanBody

/// Which way is up in a file, weighed from what is known of the format, free fall, what the body rests on and how people mostly
/// are, in this order.
///
/// No sign alone is safe: rest poses stand in another world than the motion, people lie and stand on their hands. Each sign
/// gives its axis points; those of the format and of rest are worth most but for free fall, which cannot err.
struct UpAxis {
    /// What is known before anything is seen.
    struct Prior {
        /// Points by axis; none for axes that no format has as up.
        var points: [WorldAxis: Double]
        /// Whence, for the note: "the rest pose".
        var source: String

        /// The axis of which nothing is told.
        var usual: WorldAxis

        /// Points of all other axes.
        var others = 0.0
    }

    /// Points of each sign when it is as clear as it can be.
    private static let weights = (fall: 2.0, support: 1.0, floor: 0.7, far: -0.3, upright: 0.35)
    /// Readings nearer to each other than this are both told.
    private static let clear = 0.4

    /// The axis.
    let axis: WorldAxis
    /// What to tell about it: nothing, when it is the usual one and nothing speaks for another.
    private(set) var notes: [String] = []

    private struct Reading {
        var axis: WorldAxis
        var prior: Double
        var support = 0.0
        var floor = Double.nan
        // A camera's origin is no floor.
        var hasFloorAtZero: Bool { !axis.rawValue.hasPrefix("-") && (-0.08...0.1).contains(floor) }
        var upright = 0.0
        /// How often what is lowest could carry the body, wherever it is.
        var carried = 0.0
        var fall = 0.0

        var points: Double {
            prior + weights.support * support + (hasFloorAtZero ? weights.floor : abs(floor) > 1.5 ? weights.far : 0)
                + weights.upright * upright + weights.fall * fall
        }

        var name: String {
            axis.rawValue.hasPrefix("-")
                ? "\(axis.rawValue.dropFirst()) is taken as down" : "\(axis.rawValue) is taken as up"
        }

        /// What the body does if this is up.
        var words: String {
            var words: [String] = []
            if fall > 0 { words.append("falls this way") }
            if support > 0.5 { words.append(hasFloorAtZero ? "rests on a floor at 0" : "rests on a floor") }
            if upright > 0.5 { words.append("is upright") } else if upright < 0.1 { words.append("is never upright") }
            return words.isEmpty ? "" : " (the body \(words.joined(separator: ", ")))"
        }
    }

    /// Weighs the signs.
    ///
    /// - Parameters:
    ///   - track: The motion.
    ///   - prior: What the format says.
    ///   - given: The axis that the user names, which is taken whatever the rest says.
    ///   - isHeld: Whether the hips are kept at the origin: then nothing is seen of floor and fall.
    init(_ track: BodyTrack, prior: Prior, given: WorldAxis? = nil, isHeld: Bool = false) {
        let falls = isHeld ? [:] : Self.falls(track)
        var readings = WorldAxis.allCases.map { axis in
            Reading(axis: axis, prior: prior.points[axis] ?? prior.others, fall: falls[axis] ?? 0)
        }
        for index in readings.indices {
            Self.judge(&readings[index], track)
            if isHeld { (readings[index].support, readings[index].floor) = (readings[index].carried, .nan) }
        }
        readings.sort { $0.points > $1.points }
        let (best, second) = (readings[0], readings[1])
        let expected = prior.points.max { $0.value < $1.value }?.key ?? .y
        if let given {
            axis = given
            if best.axis != given, best.points - (readings.first { $0.axis == given }?.points ?? 0) > Self.clear {
                notes.append(
                    "\(given.rawValue) is up, as given, though \(best.axis.rawValue) seems to be\(best.words)")
            }
            return
        }
        axis = best.axis
        if best.axis != expected {
            let other = readings.first { $0.axis == expected }?.words ?? ""
            notes.append(
                "\(best.name)\(best.words), not \(expected.rawValue) as \(prior.source) has "
                    + "it\(other); --up \(expected.rawValue) takes that")
        } else if best.points - second.points < Self.clear || best.upright < 0.1 && second.upright > 0.9 {
            notes.append(
                "\(best.name), after \(prior.source)\(best.words); --up \(second.axis.rawValue) "
                    + "takes the other reading\(second.words)")
        } else if best.axis != prior.usual {
            notes.append("\(best.name), after \(prior.source)")
        }
    }

    // MARK: Signs

    /// A body that rests has its lowest point still, at one height, and its mass over what carries it.
    private static func judge(_ reading: inout Reading, _ track: BodyTrack) {
        let axis = reading.axis.direction
        let count = track.frames.count
        guard count > 0 else { return }
        var lows: [(height: Double, isStill: Bool, carries: Bool)] = []
        var upright = 0
        for index in 0..<count {
            if let trunk = track.trunk(index), trunk.dot(axis) > 0.7 { upright += 1 }
            let surface = track.surface(index, along: axis)
            guard let low = surface.min(by: { $0.height < $1.height }) else { continue }
            let next = index + 1 < count ? index + 1 : index - 1
            var speed = 0.0
            if next >= 0, let here = track.frames[index][low.joint], let there = track.frames[next][low.joint] {
                speed = (there - here).length * track.rate
            }
            lows.append((low.height, speed < 0.4, carries(surface, low.height, track, index, axis)))
        }
        reading.upright = Double(upright) / Double(count)
        reading.carried = Double(lows.count { $0.carries }) / Double(max(lows.count, 1))
        let still = lows.filter(\.isStill).map(\.height).sorted()
        let all = still.count * 10 >= lows.count ? still : lows.map(\.height).sorted()
        guard !all.isEmpty else { return }
        let floor = all[all.count / 2]
        reading.floor = floor
        reading.support =
            Double(lows.count { $0.isStill && $0.carries && abs($0.height - floor) < 0.08 }) / Double(lows.count)
    }

    /// Whether the lowest points of the body can carry it: more than a head, and around the centre of mass while that is slow.
    private static func carries(
        _ surface: [(joint: HumanJoint, height: Double)], _ low: Double, _ track: BodyTrack, _ index: Int,
        _ axis: Vector3
    ) -> Bool {
        let near = surface.filter { $0.height < low + 0.08 }.map(\.joint)
        guard near != [.head] else { return false }
        let centre = track.centreOfMass(index)
        if index + 1 < track.frames.count, (track.centreOfMass(index + 1) - centre).length * track.rate > 0.5 {
            return true
        }
        let first = abs(axis.x) < 0.5 ? Vector3(1, 0, 0) : Vector3(0, 1, 0)
        let points = near.compactMap { track.frames[index][$0] }
        // Feet and hands reach farther than their joints.
        let margin = 0.15
        return (0..<16).allSatisfy { step in
            let angle = Double(step) * .pi / 8
            let direction = Quaternion(angle: angle, axis: axis).act(first)
            let reach = points.map { $0.dot(direction) }.max() ?? 0
            return centre.dot(direction) < reach + margin
        }
    }

    /// Directions against which the centre of mass falls freely, as shares of all times at which it does; none when that is not
    /// often enough to be believed.
    private static func falls(_ track: BodyTrack) -> [WorldAxis: Double] {
        // A parabola over 0.3 s, as exact as a body of ten points allows.
        let half = Int((0.15 * track.rate).rounded())
        guard half >= 3, track.frames.count > 2 * half else { return [:] }
        let centres = track.frames.indices.map(track.centreOfMass)
        let times = (-half...half).map { Double($0) / track.rate }
        let mean = times.reduce(0) { $0 + $1 * $1 } / Double(times.count)
        let spread = times.reduce(0) { $0 + ($1 * $1 - mean) * ($1 * $1 - mean) }
        let linear = times.reduce(0) { $0 + $1 * $1 }
        var votes: [WorldAxis: Int] = [:]
        for middle in half..<centres.count - half {
            let window = Array(centres[middle - half...middle + half])
            let centre = window.reduce(.zero, +) / Double(window.count)
            var (square, slope) = (Vector3.zero, Vector3.zero)
            for (place, time) in zip(window, times) {
                square += place * ((time * time - mean) / spread)
                slope += place * (time / linear)
            }
            let fall = square * 2
            guard (0.9...1.1).contains(fall.length / 9.81) else { continue }
            let error = zip(window, times).reduce(0.0) { sum, pair in
                let fit = centre + slope * pair.1 + square * (pair.1 * pair.1 - mean)
                return sum + (pair.0 - fit).dot(pair.0 - fit)
            }
            let axis = WorldAxis(nearest: -fall)
            guard (error / Double(window.count)).squareRoot() < 0.008, axis.direction.dot(-fall.normalized) > 0.95
            else {
                continue
            }
            votes[axis, default: 0] += 1
        }
        let total = votes.values.reduce(0, +)
        guard total >= 4 else { return [:] }
        return votes.compactMapValues { votes in
            let share = Double(votes) / Double(total)
            return share > 0.7 ? share : nil
        }
    }
}
