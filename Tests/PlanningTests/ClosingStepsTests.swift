import Geometry
import HumanBody
import HumanMotion
import Testing

@testable import Planning

#if canImport(Glibc)
    import Glibc
#endif

@Suite("Steps that bring feet under a body")
struct ClosingStepsTests {
    /// A person who stands, the pelvis turned away from the feet, and each foot moved and turned besides.
    private func person(
        heading: Double, feet: (left: Double, right: Double), apart: Vector3 = .zero
    ) -> HumanFrame {
        var frame = HumanFrame(pelvis: Vector3(0.3, 0.9, -0.2))
        func turn(_ angle: Double) -> Quaternion { Quaternion(angle: angle, axis: Vector3(0, 1, 0)) }
        frame.rotations[.pelvis] = turn(heading)
        frame.rotations[.spine2] = turn(0.3)
        for side in Side.both {
            let leg = LimbSolver.leg(side)
            let hip = frame.pelvis + turn(heading).act(SMPLSkeleton.offsets[side.hip])
            let place = frame.pelvis + turn(heading).act(Vector3(0.1 * side.sign, 0, -0.03))
            let ankle =
                Vector3(place.x, SMPLFoot.ankleHeight(side), place.z) + (side == .left ? apart : apart * -1) / 2
            let foot = turn(side == .left ? feet.left : feet.right)
            let solved = leg.reach(from: hip, to: ankle, pole: foot.act(Vector3(0, 0, 1)))
            frame.rotations[side.hip] = turn(heading).conjugate * solved.upper
            frame.rotations[side.knee] = solved.upper.conjugate * solved.lower
            frame.rotations[side.ankle] = solved.lower.conjugate * foot
        }
        return frame
    }

    private func feet(_ frame: HumanFrame) -> [(ankle: Vector3, heading: Double)] {
        let poses = SMPLSkeleton.forwardKinematics(frame)
        return Side.both.map { side in
            let ahead = poses[side.ankle].rotation.act(Vector3(0, 0, 1))
            return (poses[side.ankle].translation, atan2(ahead.x, ahead.z))
        }
    }

    @Test func `who stands well takes none`() {
        #expect(!ClosingSteps.areNeeded(after: person(heading: 1, feet: (1.05, 0.95))))
        #expect(ClosingSteps.frames(after: person(heading: 1, feet: (1, 1))).isEmpty)
        // Nor does who lies, and has no heading.
        var lying = person(heading: 0, feet: (0, 0))
        lying.rotations[.pelvis] = Quaternion(angle: -.pi / 2, axis: Vector3(1, 0, 0))
        _ = ClosingSteps.frames(after: lying)
    }

    @Test(arguments: [
        (heading: 1.5, left: 1.0, right: 1.1, apart: Vector3.zero, steps: 2),
        (heading: -2.0, left: -1.3, right: -1.9, apart: Vector3(0, 0, 0.1), steps: 1),
        (heading: 3.1, left: -2.9, right: -3.0, apart: Vector3(0.05, 0, 0), steps: 2),
        (heading: 0.2, left: 0.2, right: 0.2, apart: Vector3(0, 0, 0.4), steps: 1),
    ])
    func `feet come under the body one after the other`(
        heading: Double, left: Double, right: Double, apart: Vector3, steps: Int
    ) throws {
        let start = person(heading: heading, feet: (left, right), apart: apart)
        #expect(ClosingSteps.areNeeded(after: start))
        let frames = ClosingSteps.frames(after: start)
        let last = try #require(frames.last)
        #expect(frames.count.isMultiple(of: 4) && !ClosingSteps.areNeeded(after: last))
        for foot in feet(last) {
            #expect(abs(remainder(foot.heading - heading, 2 * .pi)) < 0.15)
        }
        let ankles = feet(last).map(\.ankle)
        let across = Quaternion(angle: heading, axis: Vector3(0, 1, 0)).conjugate.act(ankles[0] - ankles[1])
        #expect(abs(across.z) < 0.03 && across.x > 0.15 && across.x < 0.3)
        #expect(abs(remainder((last.heading ?? 0) - heading, 2 * .pi)) < 0.01)
        #expect(abs(last.rotations[.spine2].rotationVector.length) < 0.01)

        var before = start
        var lifted: Set<Int> = []
        for frame in frames {
            let stands = [frame.contacts.leftAnkle > 0.5, frame.contacts.rightAnkle > 0.5]
            #expect(stands.contains(true))
            for (foot, (from, to)) in zip(feet(before), feet(frame)).enumerated() {
                let way = Vector3(to.ankle.x - from.ankle.x, 0, to.ankle.z - from.ankle.z).length
                if stands[foot] { #expect(way < 0.005 && to.ankle.y < 0.09) } else { lifted.insert(foot) }
                #expect(way < 0.07)
            }
            #expect((frame.pelvis - before.pelvis).length < 0.03)
            before = frame
        }
        #expect(lifted.count == steps)
    }
}
