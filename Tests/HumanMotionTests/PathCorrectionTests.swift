import Geometry
import HumanBody
import HumanMotion
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Ways along the floor: how they are measured and corrected.
@Suite("Path correction")
struct PathCorrectionTests {
    /// A body that goes and turns at random, bending and swaying as bodies do.
    private func motion(seed: UInt64, count: Int = 60) -> [HumanFrame] {
        var random = SplitMix64(seed: seed)
        var (x, z, heading) = (
            Double.random(in: -2...2, using: &random), Double.random(in: -2...2, using: &random),
            Double.random(in: -3...3, using: &random)
        )
        return (0..<count).map { _ in
            heading += Double.random(in: -0.05...0.08, using: &random)
            let speed = Double.random(in: 0...0.05, using: &random)
            (x, z) = (x + speed * sin(heading), z + speed * cos(heading))
            var rotations = SMPLSkeleton.restRotations
            let lean = Quaternion(angle: Double.random(in: -0.3...0.3, using: &random), axis: Vector3(1, 0, 0))
            rotations[.pelvis] = Quaternion(angle: heading, axis: Vector3(0, 1, 0)) * lean
            return HumanFrame(pelvis: Vector3(x, 0.9, z), rotations: rotations)
        }
    }

    private func way(_ frames: [HumanFrame], from start: FloorPose) -> PathMeter {
        var meter = PathMeter(start: start)
        for frame in frames { meter.add(FloorPose(frame, after: meter.end)) }
        return meter
    }

    private func corrected(_ frames: [HumanFrame], _ correction: PathCorrection, from start: FloorPose) -> [HumanFrame]
    {
        zip(correction.transforms(of: frames, after: start), frames).map { $0.act($1) }
    }

    @Test("no correction leaves every frame where it is")
    func identity() {
        let frames = motion(seed: 1)
        let start = FloorPose(frames[0])
        let same = corrected(frames, PathCorrection(), from: start)
        #expect(zip(same, frames).allSatisfy { ($0.pelvis - $1.pelvis).length < 1e-12 })
    }

    @Test(
        "the way becomes as much longer and the turn as much larger as was asked, and the pose stays", arguments: 0..<20
    )
    func scales(seed: Int) {
        let frames = motion(seed: UInt64(seed))
        let start = FloorPose(frames[0])
        var correction = PathCorrection()
        correction.scale = 1.2
        correction.turnScale = 0.7
        let changed = corrected(frames, correction, from: start)
        let (before, after) = (way(frames, from: start), way(changed, from: start))
        #expect(abs(after.length - 1.2 * before.length) < 1e-9)
        #expect(abs(after.turn - 0.7 * before.turn) < 1e-9)
        for (new, old) in zip(changed, frames) {
            #expect(new.pelvis.y == old.pelvis.y && new.rotations.dropFirst() == old.rotations.dropFirst())
            #expect(
                abs(new.rotations[.pelvis].act(Vector3(0, 1, 0)).y - old.rotations[.pelvis].act(Vector3(0, 1, 0)).y)
                    < 1e-9)
        }
    }

    @Test("drift turns the end by what was asked, and a body that stands not at all")
    func drift() {
        let walk = motion(seed: 5)
        let start = FloorPose(walk[0])
        let still = [HumanFrame](repeating: walk[walk.count - 1], count: 20)
        var correction = PathCorrection()
        correction.drift = 0.3
        let changed = corrected(walk + still, correction, from: start)
        #expect(abs(way(changed, from: start).turn - way(walk, from: start).turn - 0.3) < 1e-9)
        let end = changed.suffix(20)
        #expect(end.allSatisfy { ($0.pelvis - changed[changed.count - 1].pelvis).length < 1e-12 })
    }

    @Test("transforms follow one another as they act")
    func composition() {
        let frame = motion(seed: 9)[30]
        let (a, b) = (FloorTransform(turn: 0.4, x: 1, y: -2), FloorTransform(turn: -1.3, x: 0.3, y: 0.7))
        let (once, twice) = (b.after(a).act(frame), b.act(a.act(frame)))
        #expect((once.pelvis - twice.pelvis).length < 1e-12)
        #expect(abs(abs(once.rotations[.pelvis].dot(twice.rotations[.pelvis])) - 1) < 1e-12)
        let there = FloorPose(x: 3, y: 1, heading: 2)
        let found = FloorTransform(from: FloorPose(frame), to: there).act(FloorPose(frame))
        #expect(abs(found.x - 3) + abs(found.y - 1) + abs(remainder(found.heading - 2, 2 * .pi)) < 1e-9)
    }

    @Test("a full circle counts as such, and a meter can be read in between")
    func circle() {
        var meter = PathMeter(start: .origin)
        var half = meter
        for step in 1...100 {
            let angle = Double(step) / 100 * 2 * .pi
            meter.add(FloorPose(x: sin(angle), y: 1 - cos(angle), heading: angle))
            if step == 50 { half = meter }
        }
        #expect(abs(meter.turn - 2 * .pi) < 1e-9)
        #expect(abs(meter.displacement.ahead) < 1e-9 && abs(meter.length - 2 * .pi) < 0.01)
        #expect(abs(meter.since(half).turn - .pi) < 1e-9)
        #expect(abs(meter.since(half).displacement.left - 2) < 1e-9)
    }
}
