import Geometry
import HumanBody

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A person between and beyond the frames that are known. Allocates nothing.
struct PoseCurve {
    /// What is known of the moment that was asked for.
    enum Kind: Equatable {
        case known
        /// Nothing so new has come: so long ago was the last, nanoseconds.
        case predicted(after: Int64)
    }

    /// A motion that nothing is heard of dies down with this time, s.
    private static let decay = 0.08
    /// Velocities are measured over at least this time, s: noise of single frames is not foretold.
    private static let measure = 0.03

    /// Writes the person at `time` of the sender's clock; nil, and nothing, when the ring is empty.
    static func sample(_ ring: PoseRing, at time: Int64, into frame: inout HumanFrame) -> Kind? {
        guard ring.count > 0 else { return nil }
        let index = ring.index(before: time)
        if index < 0 || ring.count == 1 {
            copy(ring, max(index, 0), into: &frame)
            return index < 0 ? .known : after(ring, time)
        }
        if index == ring.count - 1 {
            predict(ring, time, into: &frame)
            return after(ring, time)
        }
        interpolate(ring, index, time, into: &frame)
        return .known
    }

    private static func after(_ ring: PoseRing, _ time: Int64) -> Kind {
        let gap = time - ring.time(ring.count - 1)
        return gap > 0 ? .predicted(after: gap) : .known
    }

    private static func copy(_ ring: PoseRing, _ index: Int, into frame: inout HumanFrame) {
        for joint in HumanJoint.allCases { frame.rotations[joint] = ring.rotation(index, joint) }
        frame.pelvis = ring.pelvis(index)
        frame.contacts = ring.contact(index)
    }

    /// On from the last frame with the velocity of the last ones, which decays.
    private static func predict(_ ring: PoseRing, _ time: Int64, into frame: inout HumanFrame) {
        let last = ring.count - 1
        copy(ring, last, into: &frame)
        var before = last - 1
        while before > 0, seconds(ring, before, last) < measure { before -= 1 }
        let span = seconds(ring, before, last)
        // Frames farther apart tell nothing of now.
        guard span > 1e-4, span < 0.25 else { return }
        let gap = Double(time - ring.time(last)) / 1e9
        let way = decay * (1 - exp(-gap / decay)) / span
        for joint in HumanJoint.allCases {
            let turn = (ring.rotation(before, joint).conjugate * ring.rotation(last, joint)).rotationVector
            frame.rotations[joint] = (ring.rotation(last, joint) * Quaternion(rotationVector: turn * way)).normalized
        }
        frame.pelvis = ring.pelvis(last) + (ring.pelvis(last) - ring.pelvis(before)) * way
    }

    /// A cubic through the frames around, with the slopes that their neighbours give.
    private static func interpolate(
        _ ring: PoseRing, _ index: Int, _ time: Int64, into frame: inout HumanFrame
    ) {
        let span = seconds(ring, index, index + 1)
        guard span > 0 else { return copy(ring, index + 1, into: &frame) }
        let t = Double(time - ring.time(index)) / 1e9 / span
        // Slopes by the neighbours' distances; none across a gap.
        let before = index > 0 && seconds(ring, index - 1, index) < 0.25 ? index - 1 : index
        let after = index + 2 < ring.count && seconds(ring, index + 1, index + 2) < 0.25 ? index + 2 : index + 1
        let (h0, h1) = (span / seconds(ring, before, index + 1), span / seconds(ring, index, after))
        let (t2, t3) = (t * t, t * t * t)
        let (a, b, c) = (t3 - 2 * t2 + t, 3 * t2 - 2 * t3, t3 - t2)
        for joint in HumanJoint.allCases {
            let (q0, q1) = (ring.rotation(index, joint), ring.rotation(index + 1, joint))
            let step = (q0.conjugate * q1).rotationVector
            // In the tangent space of the first frame, which steps of a few degrees hardly leave.
            let first = before == index ? step : (ring.rotation(before, joint).conjugate * q1).rotationVector * h0
            let last = after == index + 1 ? step : (q0.conjugate * ring.rotation(after, joint)).rotationVector * h1
            frame.rotations[joint] =
                (q0 * Quaternion(rotationVector: first * a + step * b + last * c)).normalized
        }
        let (p0, p1) = (ring.pelvis(index), ring.pelvis(index + 1))
        let first = (p1 - ring.pelvis(before)) * h0
        let last = (ring.pelvis(after) - p0) * h1
        frame.pelvis = p0 + first * a + (p1 - p0) * b + last * c
        frame.contacts = ring.contact(t < 0.5 ? index : index + 1)
    }

    private static func seconds(_ ring: PoseRing, _ first: Int, _ last: Int) -> Double {
        Double(ring.time(last) - ring.time(first)) / 1e9
    }
}
