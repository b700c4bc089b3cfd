import Foundation
import Geometry
import HumanBody
import Planning
import Robots
import Testing

/// What a motion asks of a robot's body, beside what mechanics say.
@Suite struct FeasibilityTests {
    private let profile: RobotProfile
    private let tracer: BodyTracer
    private let step = 1.0 / 60

    init() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        profile = try RobotProfile(file: root.appending(path: "RobotProfiles/unitree_g1.json").path)
        tracer = try #require(try BodyTracer(profile))
    }

    private var standHeight: Double { profile.standPose.rootPosition.z }

    private func figures(seconds: Double, _ move: (Double, inout RobotConfiguration) -> Void) -> FeasibilityFigures {
        FeasibilityFigures(trace(seconds: seconds, move), standHeight: standHeight)
    }

    private func trace(seconds: Double, _ move: (Double, inout RobotConfiguration) -> Void) -> BodyTrace {
        var trace = tracer.makeTrace(step: step)
        for frame in 0...Int(seconds / step) {
            var configuration = profile.standPose
            move(Double(frame) * step, &configuration)
            tracer.append(configuration, to: &trace)
        }
        return trace
    }

    @Test func `a stand asks nothing and may rest`() {
        let standing = trace(seconds: 1) { _, _ in }
        let figures = FeasibilityFigures(standing, standHeight: standHeight)
        #expect(figures.tilt < 0.01 && figures.acceleration < 1e-6 && figures.friction < 1e-6)
        #expect(figures.balance == 0 && figures.flight == 0)
        #expect(profile.feasibilityBounds.amend.broken(by: figures) == nil)
        let pose = RestingPose(standing, 30, standHeight: standHeight)
        #expect(pose.isHonest && pose.isFlat && pose.margin > 0.02, "\(pose)")
    }

    @Test func `swaying takes the friction and the floor that Newton says`() {
        // x = A sin wt: the whole body as one point, so that a point mass is exact but for its height over the floor.
        let (amplitude, pulse) = (0.1, 2 * Double.pi)
        let figures = figures(seconds: 2) { time, body in body.rootPosition.x += amplitude * sin(pulse * time) }
        let greatest = amplitude * pulse * pulse
        #expect(abs(figures.acceleration - greatest) < 0.05 * greatest, "\(figures)")
        #expect(abs(figures.friction - greatest / 9.81) < 0.1 * greatest / 9.81)
        // The zero-moment point goes height * a / g ahead of the centre of mass, and the soles end before.
        let center = trace(seconds: 0.1) { _, _ in }.instants[0].center.z
        let reach = amplitude + 0.2
        #expect(figures.balance > center * greatest / 9.81 - reach && figures.balance < center * greatest / 9.81)
    }

    @Test func `a jump may fly as long as its take-off gives, and nobody hovers`() {
        func height(_ time: Double) -> Double {
            // Up at 2 m/s from 0.5 s on: 0.41 s in the air.
            let since = time - 0.5
            return since < 0 ? 0 : max(0, 2 * since - 9.81 / 2 * since * since)
        }
        let jump = figures(seconds: 2) { time, body in body.rootPosition.z += height(time) }
        #expect(jump.flight < 0.1, "\(jump.flight)")
        let hover = figures(seconds: 2) { time, body in body.rootPosition.z += time > 0.5 ? 0.1 : 0 }
        #expect(hover.flight > 0.6)
        #expect(profile.feasibilityBounds.amend.broken(by: hover) != nil)
        let slow = figures(seconds: 3) { time, body in body.rootPosition.z += 0.05 * min(max(time - 0.5, 0), 2) }
        #expect(slow.flight > 0.4)
    }

    @Test func `a body that leans too far or comes too low is told, and which bound it breaks`() throws {
        let bounds = profile.feasibilityBounds
        let lean = figures(seconds: 1) { _, body in
            body.rootRotation = Quaternion(angle: 1.2, axis: Vector3(1, 0, 0))
        }
        let finding = try #require(bounds.refuse.findings(of: lean).first { $0.measure == .tilt })
        #expect(abs(finding.value - 1.2) < 1e-6 && finding.load > 1)
        #expect("\(finding)" == "the trunk leans by 69 degrees; at most 60")
        let low = figures(seconds: 1) { _, body in body.rootPosition.z = 0.3 }
        #expect(bounds.refuse.findings(of: low).contains { $0.measure == .height && $0.load > 1 })
        #expect(bounds.amend.cost(of: low) > bounds.amend.cost(of: figures(seconds: 1) { _, _ in }))
    }

    @Test func `one foot off the floor, toes alone or a lean are no rest`() throws {
        func pose(_ change: (inout RobotConfiguration) -> Void) -> RestingPose {
            RestingPose(trace(seconds: 0.1) { _, body in change(&body) }, 3, standHeight: standHeight)
        }
        let names = profile.jointNames
        let knee = try #require(names.firstIndex(of: "left_knee_joint"))
        let ankles = names.indices.filter { names[$0].contains("ankle_pitch") }
        #expect(!pose { $0.jointPositions[knee] += 0.6 }.isHonest)
        #expect(!pose { body in for ankle in ankles { body.jointPositions[ankle] += 0.4 } }.isFlat)
        #expect(!pose { $0.rootRotation = Quaternion(angle: 0.3, axis: Vector3(0, 1, 0)) }.isHonest)
        #expect(pose { $0.rootPosition.x += 3 }.isHonest)
    }

    @Test func `other robots get bounds of their own size`() throws {
        let small = RobotProfile.Feasibility.standard(standHeight: 0.3)
        #expect(small.amend.height < 0.2 && small.refuse.height < small.amend.height)
        #expect(small.amend.tilt == profile.feasibilityBounds.amend.tilt)
    }
}
