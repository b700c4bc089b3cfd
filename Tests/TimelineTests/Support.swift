import Foundation
import Geometry
import Robots
import Testing

@testable import Timeline

/// A small robot for the tests of this room.
enum Fixture {
    static let joints = 6
    static let contacts = 4
    static let limits = MotionLimits(
        joints: (0..<joints).map {
            JointLimits(
                lower: -1 - 0.1 * Double($0), upper: 1.2, velocity: 6 + Double($0), acceleration: 80, jerk: 2500)
        },
        root: RootLimits(lowestHeight: 0.4, highestHeight: 0.9, tilt: 0.6, planarSpeed: 1.5, yawRate: 2),
        softMargin: 0.02)
    static let stand = RobotConfiguration(
        rootPosition: Vector3(0, 0, 0.75), rootRotation: .identity,
        jointPositions: [-0.3, 0.6, -0.3, 0.1, 0, 0.2])

    static func player(rate: Int = 50, start: RobotConfiguration? = nil) -> RobotPlayer {
        RobotPlayer(
            limits: limits, stand: stand, start: start, streamRate: rate, contactCount: contacts, capacity: 20)
    }

    static func resampler(_ trajectory: UInt64 = 1, rate: Int = 50) -> MotionResampler {
        MotionResampler(trajectory: trajectory, jointCount: joints, contactCount: contacts, streamRate: rate)
    }

    /// A gentle walk along the heading `yaw`, from a world of its own: well within the limits.
    static func timeScaling(
        frames: Range<Int>, yaw: Double = 0, origin: Vector3 = Vector3(5, -3, 0), haste: Double = 1
    ) -> [MotionWaypoint] {
        frames.map { frame in
            let t = haste * Double(frame) / 30
            let ahead = 0.6 * t
            let phase = 2 * .pi * 0.9 * t
            let rotation =
                Quaternion(angle: yaw + 0.1 * sin(phase), axis: Vector3(0, 0, 1))
                * Quaternion(rotationVector: Vector3(0.05 * sin(phase), 0.1 * cos(phase), 0))
            return MotionWaypoint(
                configuration: RobotConfiguration(
                    rootPosition: origin
                        + Vector3(cos(yaw) * ahead, sin(yaw) * ahead, 0.72 + 0.02 * cos(2 * phase)),
                    rootRotation: rotation,
                    jointPositions: (0..<joints).map { 0.1 + 0.35 * sin(phase + Double($0)) }),
                contacts: sin(phase) > 0 ? [1, 1, sin(phase) < 0.4 ? 1 : 0, 0] : [0, sin(phase) > -0.4 ? 1 : 0, 1, 1])
        }
    }

    /// Motion that breaks every limit there is.
    static func wild(_ count: Int, using generator: inout SplitMix64) -> [MotionWaypoint] {
        var position = Vector3(0, 0, 0.7)
        var yaw = 0.0
        var joints = [Double](repeating: 0, count: Self.joints)
        return (0..<count).map { _ in
            let jump = Double.random(in: 0...1, using: &generator) < 0.1 ? 6.0 : 1.0
            func noise(_ size: Double) -> Double { .random(in: -size...size, using: &generator) }
            position += Vector3(noise(0.1 * jump), noise(0.1 * jump), noise(0.05 * jump))
            yaw += noise(0.15 * jump)
            for joint in joints.indices { joints[joint] = 0.97 * joints[joint] + noise(0.25 * jump) }
            let rotation =
                Quaternion(angle: yaw, axis: Vector3(0, 0, 1))
                * Quaternion(rotationVector: Vector3(noise(0.5), noise(0.5), noise(0.1)))
            return MotionWaypoint(
                configuration: RobotConfiguration(
                    rootPosition: position, rootRotation: rotation, jointPositions: joints),
                contacts: (0..<contacts).map { _ in .random(in: 0...1, using: &generator) })
        }
    }
}

/// Watches published frames and says how far they break any limit, as a share of it (for positions, radians or metres).
struct Judge {
    private let limits: MotionLimits
    private let rate: Double
    private var history: [[Double]] = []
    private var yaw = 0.0
    private(set) var frames = 0
    private(set) var worst = 0.0
    private(set) var finding = "none"

    init(limits: MotionLimits, rate: Int) {
        self.limits = limits
        self.rate = Double(rate)
    }

    /// Forgets the past, as where a stream starts anew.
    mutating func restart() { history = [] }

    private mutating func check(_ excess: Double, _ what: @autoclosure () -> String) {
        if !(excess <= worst) {
            worst = excess.isNaN ? .infinity : excess
            finding = what()
        }
    }

    mutating func observe(_ frame: PublishedFrame) {
        frames += 1
        let root = RootCoordinates(position: frame.rootPosition, rotation: frame.rootRotation, yawNear: yaw)
        yaw = root.yaw
        let row =
            [frame.rootPosition.x, frame.rootPosition.y, frame.rootPosition.z, yaw, root.tilt.x, root.tilt.y]
            + frame.jointPositions
        let numbers =
            row + frame.jointVelocities + frame.contacts.map(Double.init)
            + [
                frame.rootLinearVelocity.x, frame.rootLinearVelocity.y, frame.rootLinearVelocity.z,
                frame.rootAngularVelocity.x, frame.rootAngularVelocity.y, frame.rootAngularVelocity.z,
                frame.rootRotation.w,
            ]
        for number in numbers where !number.isFinite { check(.infinity, "frame \(frame.frame) is not finite") }

        let up = frame.rootRotation.act(Vector3(0, 0, 1))
        check(acos(min(max(up.z, -1), 1)) - limits.root.tilt - 1e-6, "tilt at \(frame.frame)")
        check(limits.root.lowestHeight - row[2] - 1e-9, "height at \(frame.frame)")
        check(row[2] - limits.root.highestHeight - 1e-9, "height at \(frame.frame)")
        for (joint, limit) in limits.joints.enumerated() {
            let position = frame.jointPositions[joint]
            check(limit.lower + limits.softMargin - position - 1e-9, "joint \(joint) low at \(frame.frame)")
            check(position - limit.upper + limits.softMargin - 1e-9, "joint \(joint) high at \(frame.frame)")
            check(abs(frame.jointVelocities[joint]) / limit.velocity - 1, "joint \(joint) stated velocity")
        }

        history.append(row)
        if history.count > 4 { history.removeFirst() }
        let n = history.count
        for coordinate in row.indices {
            let bound = bounds(coordinate)
            func at(_ back: Int) -> Double { history[n - 1 - back][coordinate] }
            if n > 1 {
                check(abs(at(0) - at(1)) * rate / bound.velocity - 1, "\(coordinate) velocity at \(frame.frame)")
            }
            if n > 2 {
                let a = (at(0) - 2 * at(1) + at(2)) * rate * rate
                check(abs(a) / bound.acceleration - 1, "\(coordinate) acceleration at \(frame.frame)")
            }
            if n > 3 {
                let j = (at(0) - 3 * at(1) + 3 * at(2) - at(3)) * rate * rate * rate
                check(abs(j) / bound.jerk - 1, "\(coordinate) jerk at \(frame.frame)")
            }
        }
        if n > 1 {
            let x = (history[n - 1][0] - history[n - 2][0]) * rate
            let y = (history[n - 1][1] - history[n - 2][1]) * rate
            check((x * x + y * y).squareRoot() / limits.root.planarSpeed - 1, "planar speed at \(frame.frame)")
        }
    }

    private func bounds(_ coordinate: Int) -> JointLimits {
        if coordinate >= RootCoordinates.count { return limits.joints[coordinate - RootCoordinates.count] }
        let root = limits.root
        let isAngular = coordinate > 2
        let velocity = [
            root.planarSpeed, root.planarSpeed, root.verticalSpeed, root.yawRate, root.tiltRate, root.tiltRate,
        ]
        return JointLimits(
            lower: 0, upper: 0, velocity: velocity[coordinate],
            acceleration: isAngular ? root.angularAcceleration : root.linearAcceleration,
            jerk: isAngular ? root.angularJerk : root.linearJerk)
    }
}
