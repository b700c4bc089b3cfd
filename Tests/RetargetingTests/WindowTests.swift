import Geometry
import HumanBody
import HumanMotion
import Robots
import Testing

@testable import Retargeting

@Suite("Windows of frames")
struct WindowTests {
    let profile: RobotProfile
    let retargeter: Retargeter

    init() throws {
        profile = try loadG1()
        retargeter = try Retargeter(profile)
    }

    @Test("a window smooths the joints and keeps limits, floor and standing feet", arguments: ["walk", "turn_left"])
    func smoothing(name: String) throws {
        let clip = try cmuClip(name)
        let direct = try QualityReport(retargeter.retarget(clip, horizon: 0), profile: profile)
        let smooth = try QualityReport(retargeter.retarget(clip, horizon: 12), profile: profile)
        #expect(smooth.acceleration < 0.7 * direct.acceleration)
        #expect(smooth.velocityViolations == 0 && smooth.positionViolations == 0)
        #expect(smooth.skating < 0.015)
        #expect(smooth.penetration < 1e-6)
    }

    @Test(
        "frames come out as late as the horizon says, and all of them in the end", arguments: [(0, 1), (3, 1), (8, 4)])
    func delay(horizon: Int, stride: Int) throws {
        let clip = try cmuClip("walk")
        var state = RetargetState(frameRate: 30, horizon: horizon, stride: stride)
        var count = 0
        for (index, frame) in clip.frames.prefix(30).enumerated() {
            retargeter.push(frame, to: &state)
            while retargeter.pop(&state) != nil { count += 1 }
            #expect(count <= index + 1 - horizon || count == 0)
            #expect(count > index + 1 - horizon - stride)
        }
        retargeter.finish(&state)
        while retargeter.pop(&state) != nil { count += 1 }
        #expect(count == 30)
    }

    @Test("a state without its pending frames goes on smoothly from the last final one")
    func rewinding() throws {
        let clip = try cmuClip("walk")
        var state = RetargetState(frameRate: 30, horizon: 8, stride: 4)
        var last: RetargetedFrame?
        for frame in clip.frames.prefix(24) {
            retargeter.push(frame, to: &state)
            while let robot = retargeter.pop(&state) { last = robot }
        }
        var branch = state.withoutPending
        #expect(branch.ready == 0)
        let before = try #require(last).configuration.jointPositions
        for frame in clip.frames[16..<28] { retargeter.push(frame, to: &branch) }
        let after = try #require(retargeter.pop(&branch)).configuration.jointPositions
        for (joint, limit) in profile.jointLimits.enumerated() {
            #expect(abs(after[joint] - before[joint]) <= limit.velocity / 30 * (1 + 1e-9))
        }
    }

    @Test("at the frame's own value the smoothness of a motion is least, whatever frames it has around it")
    func neighbours() {
        var random = SplitMix64(seed: 5)
        let weights = Neighbours.Weights(speed: 0.3, acceleration: 1.2, jerk: 0.7)
        for count in 2...9 {
            for t in 0..<count {
                var path = (0..<count).map { _ in Double.random(in: -1...1, using: &random) }
                func cost() -> Double {
                    func differences(_ values: [Double]) -> [Double] { zip(values.dropFirst(), values).map { $0 - $1 } }
                    let first = differences(path)
                    let second = differences(first)
                    func sum(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 } }
                    return weights.speed * sum(first) + weights.acceleration * sum(second)
                        + weights.jerk * sum(differences(second))
                }
                let neighbours = Neighbours(of: t, in: count, weights, dt: 1 / 30)
                path[t] = (-3...3).reduce(0) {
                    let value = neighbours[$1]
                    return value == 0 ? $0 : $0 + value * path[t + $1]
                }
                let (least, step) = (cost(), 1e-3)
                let best = path[t]
                for sign in [-1.0, 1.0] {
                    path[t] = best + sign * step
                    #expect(abs(cost() - least - neighbours.weight * step * step) < 1e-9)
                }
            }
        }
    }

    @Test("no path is better than the one that the banded equations give")
    func pathSmoother() {
        var random = SplitMix64(seed: 8)
        func vector() -> Vector3 {
            Vector3(
                .random(in: -1...1, using: &random), .random(in: -1...1, using: &random),
                .random(in: -1...1, using: &random))
        }
        for count in 1...12 {
            let (past, older) = (vector(), vector())
            let targets = (0..<count).map { _ in vector() }
            let steps = (0..<count).map { _ in vector() }
            var smoother = PathSmoother(capacity: count)
            smoother.reset(count)
            for t in 0..<count {
                smoother.position(t, 0.3, targets[t])
                smoother.step(t, 1.7, steps[t], past: past)
                smoother.bend(t, 0.9, past: past, older: older)
            }
            smoother.solve()
            let path = (0..<count).map { smoother[$0] }
            func cost(_ path: [Vector3]) -> Double {
                let all = [older, past] + path
                var sum = 0.0
                for t in 0..<count {
                    let step: Vector3 = all[t + 2] - all[t + 1]
                    let before: Vector3 = all[t + 1] - all[t]
                    sum += 0.3 * (path[t] - targets[t]).lengthSquared
                    sum += 1.7 * (step - steps[t]).lengthSquared
                    sum += 0.9 * (step - before).lengthSquared
                }
                return sum
            }
            let least = cost(path)
            for _ in 0..<20 { #expect(cost(path.map { $0 + vector() * 1e-2 }) > least) }
            // The gradient is null: steps to both sides cost the same.
            for t in 0..<count {
                var (up, down) = (path, path)
                let way = vector() * 1e-2
                up[t] += way
                down[t] -= way
                #expect(abs(cost(up) - cost(down)) < 1e-10)
            }
        }
    }

    @Test("the support polygon holds all its points, and the margin of a point is negative only outside")
    func supportPolygon() throws {
        var random = SplitMix64(seed: 2)
        var polygon = SupportPolygon(capacity: 16)
        for _ in 0..<200 {
            polygon.clear()
            let points = (0..<8).map { _ in
                Vector3(.random(in: -1...1, using: &random), .random(in: -1...1, using: &random), 0)
            }
            for point in points { polygon.add(point) }
            polygon.wrap()
            for point in points { #expect(try #require(polygon.margin(of: point)).distance > -1e-9) }
            #expect(try #require(polygon.margin(of: polygon.middle)).distance > 0)
            let outside = Vector3(.random(in: 2...3, using: &random), .random(in: -3...3, using: &random), 0)
            #expect(try #require(polygon.margin(of: outside)).distance < 0)
        }
    }

    @Test("noise is taken out of the motion, and clean motion is left as it is", arguments: ["walk", "turn_left"])
    func noise(name: String) throws {
        let clip = try cmuClip(name)
        var noisy = clip
        var random = SplitMix64(seed: 4)
        func shake(_ size: Double) -> Vector3 {
            // Uniform, with a root mean square of `size` over the three axes together.
            Vector3(
                .random(in: -size...size, using: &random), .random(in: -size...size, using: &random),
                .random(in: -size...size, using: &random))
        }
        for index in noisy.frames.indices {
            noisy.frames[index].pelvis += shake(0.002)
            for joint in noisy.frames[index].rotations.indices {
                let turn = Quaternion(rotationVector: shake(.pi / 180))
                noisy.frames[index].rotations[joint] = noisy.frames[index].rotations[joint] * turn
            }
        }
        #expect(Denoiser.noise(clip.frames) == 0)
        #expect(Denoiser.noise(noisy.frames) > 0.9)
        let clean = try QualityReport(retargeter.retarget(clip), profile: profile)
        let shaken = try QualityReport(retargeter.retarget(noisy), profile: profile)
        #expect(shaken.acceleration < 1.2 * clean.acceleration)

        let cleaned = Denoiser.clean(noisy)
        let joints = clip.frames[10].rotations.indices
        func error(_ frame: HumanFrame) -> Double {
            joints.map { (frame.rotations[$0].conjugate * clip.frames[10].rotations[$0]).angle }.reduce(0, +)
        }
        #expect(error(cleaned[10]) < 0.8 * error(noisy.frames[10]))
    }

    @Test("every frame tells how good it is")
    func quality() throws {
        let motion = retargeter.retarget(try cmuClip("walk"))
        for frame in motion.frames {
            #expect(frame.quality.limitMargin >= profile.limits.softMargin - 1e-9)
            #expect(frame.quality.speedShare <= 1 + 1e-9)
            #expect(frame.quality.clearance > -1e-6)
            #expect(frame.quality.limbError < 0.1)
            let stands = frame.contacts.left + frame.contacts.right > 0
            #expect(stands || frame.quality.balanceMargin == .infinity)
        }
        #expect(motion.frames.contains { $0.quality.balanceMargin.isFinite })
        #expect(motion.frames.allSatisfy { $0.quality.collisionDistance.isFinite })
    }
}
