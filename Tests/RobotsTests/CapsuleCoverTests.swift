import Geometry
import Testing

@testable import Robots

@Suite("Capsules that cover bodies")
struct CapsuleCoverTests {
    /// Signed distance of a point from the surface of the nearest capsule.
    private func distance(_ point: Vector3, _ capsules: [CapsuleCover.Capsule]) -> Double {
        capsules.map {
            Segment(from: $0.from, to: $0.to).distance(to: Segment(from: point, to: point)) - $0.radius
        }.min() ?? .infinity
    }

    @Test("the surface of a hull is found between its corners")
    func surface() throws {
        let half = Vector3(0.3, 0.05, 0.1)
        let surface = try #require(HullSurface(of: Vector3.boxCorners(half)))
        for point in surface.points {
            let share = max(abs(point.x) / half.x, abs(point.y) / half.y, abs(point.z) / half.z)
            #expect(abs(share - 1) < 0.02)
        }
    }

    @Test("a slanted capsule is found again")
    func slanted() throws {
        let (from, to, radius) = (Vector3(0.02, -0.1, 0), Vector3(0.2, 0.1, 0.15), 0.05)
        let outline = Vector3.sphere(200).map { $0 * radius + ($0.dot(to - from) < 0 ? from : to) }
        let cover = CapsuleCover(try #require(HullSurface(of: outline)), tolerance: 0.003)
        #expect(outline.allSatisfy { abs(distance($0, cover.capsules)) < 0.004 })
    }

    @Test(
        "little of a box is left uncovered, little stands out of it, and less than of one capsule",
        arguments: [Vector3(0.05, 0.05, 0.2), Vector3(0.1, 0.06, 0.15), Vector3(0.12, 0.05, 0.02)])
    func boxes(half: Vector3) throws {
        let surface = try #require(HullSurface(of: Vector3.boxCorners(half)))
        func misfit(most: Int) -> (gap: Double, out: Double) {
            let cover = CapsuleCover(surface, tolerance: 0.005, most: most)
            let gap = surface.points.map { distance($0, cover.capsules) }.max() ?? .infinity
            var out = 0.0
            for capsule in cover.capsules {
                for end in [capsule.from, capsule.to] {
                    for point in Vector3.sphere(100).map({ end + $0 * capsule.radius }) {
                        out = max(out, abs(point.x) - half.x, abs(point.y) - half.y, abs(point.z) - half.z)
                    }
                }
            }
            return (gap, out)
        }
        let (several, one) = (misfit(most: 6), misfit(most: 1))
        let thin = min(half.x, half.y, half.z)
        #expect(several.gap < 0.3 * thin)
        #expect(several.out < 0.5 * thin)
        #expect(several.gap < one.gap && several.out < 0.6 * one.out)
    }

    @Test("what is near in the stand pose keeps its distance; what is missing is found over all pairs of all bodies")
    func standing() throws {
        let profile = try MadeUpHumanoid().imported().profile
        let tree = try KinematicTree(profile)
        let watched = WatchedCapsules(profile, tree)
        let solver = InverseKinematics(tree, tasks: [CenterOfMassTask()], capsules: watched, keepsApart: true)
        let idle = [TaskTarget(weight: 0)]
        func overlap(_ configuration: RobotConfiguration) throws -> Double {
            var configuration = configuration
            return try solver.solve(idle, &configuration, effort: .init(iterations: 0)).overlap
        }
        for (joint, limits) in profile.jointLimits.enumerated() {
            (solver.lower[joint], solver.upper[joint]) = (limits.lower, limits.upper)
        }
        #expect(try overlap(profile.standPose) == 0)
        var random = SplitMix64(seed: 5)
        var met = 0
        for _ in 0..<50 {
            var pose = profile.standPose
            for (joint, limits) in profile.jointLimits.enumerated() {
                pose.jointPositions[joint] = .random(in: limits.lower...limits.upper, using: &random)
            }
            let found = try overlap(pose)
            let least = solver.leastGap
            #expect(abs(found - max(0, -least)) < 1e-12)
            if found > 0 { met += 1 }
        }
        #expect(met > 10)
    }
}
