import Foundation
import Geometry
import Robots
import Testing

@testable import Timeline

@Suite("Resampling of motion")
struct MotionResamplerTests {
    static func waypoints(_ count: Int, joints: Int = 3, seed: UInt64 = 1) -> [MotionWaypoint] {
        var generator = SplitMix64(seed: seed)
        return (0..<count).map { index in
            let t = Double(index) / 30
            return MotionWaypoint(
                configuration: RobotConfiguration(
                    rootPosition: Vector3(t, 0.1 * sin(t), 0.75),
                    rootRotation: Quaternion(angle: t, axis: Vector3(0, 0, 1)),
                    jointPositions: (0..<joints).map {
                        sin(t * Double($0 + 1)) + .random(in: 0...0.01, using: &generator)
                    }),
                contacts: [1, Float(index % 2)])
        }
    }

    @Test("chunks fed one knot at a time carry the same frames as all at once", arguments: [30, 50, 120, 500])
    func chunking(rate: Int) throws {
        let waypoints = Self.waypoints(40)
        var whole = MotionResampler(trajectory: 1, jointCount: 3, contactCount: 2, streamRate: rate)
        let first = try whole.append(waypoints, tag: .none, endsCommand: true)
        let last = whole.finish()
        #expect(last.firstSample == first.count)
        #expect(first.count + last.count == 39 * rate / 30 + 1)
        #expect(last.labels.last?.endsCommand == true)

        var parts = MotionResampler(trajectory: 1, jointCount: 3, contactCount: 2, streamRate: rate)
        var points: [Double] = []
        for waypoint in waypoints {
            let chunk = try parts.append([waypoint], tag: .none)
            #expect(chunk.isEmpty || chunk.firstSample * chunk.dimension * 3 == points.count)
            points += chunk.points
        }
        points += parts.finish().points
        #expect(points == first.points + last.points)
    }

    @Test("velocities are the derivatives, per stream frame")
    func velocities() throws {
        var resampler = MotionResampler(trajectory: 1, jointCount: 3, contactCount: 2, streamRate: 500)
        let chunk = try resampler.append(Self.waypoints(30), tag: .none)
        let (dimension, stride) = (chunk.dimension, chunk.dimension * 3)
        for frame in 1..<(chunk.count - 1) {
            for coordinate in 0..<dimension {
                let before = chunk.points[(frame - 1) * stride + coordinate]
                let after = chunk.points[(frame + 1) * stride + coordinate]
                #expect(abs((after - before) / 2 - chunk.points[frame * stride + dimension + coordinate]) < 2e-5)
            }
        }
    }

    @Test("motion that does not fit the robot or is not finite is refused")
    func refusals() {
        var resampler = MotionResampler(trajectory: 1, jointCount: 4, contactCount: 2, streamRate: 50)
        #expect(throws: MotionError.jointCount(waypoint: 0, found: 3, expected: 4)) {
            try resampler.append(Self.waypoints(2), tag: .none)
        }
        var waypoints = Self.waypoints(3, joints: 4)
        waypoints[2].configuration.jointPositions[1] = .nan
        #expect(throws: MotionError.notFinite(waypoint: 2)) { try resampler.append(waypoints, tag: .none) }
        #expect(resampler.waypointCount == 0)
        for far in [1e300, -1e30, 2e5] {
            var away = Self.waypoints(3, joints: 4)
            away[1].configuration.rootPosition.x = far
            #expect(throws: MotionError.notFinite(waypoint: 1)) { try resampler.append(away, tag: .none) }
        }
    }
}
