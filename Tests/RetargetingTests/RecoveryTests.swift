import Geometry
import HumanBody
import HumanMotion
import Retargeting
import Robots
import Testing

@Suite("Recovery")
struct RecoveryTests {
    @Test("after wild motion the robot finds back to the joints that a fresh start takes")
    func recovery() throws {
        let profile = try loadG1()
        let retargeter = try Retargeter(profile)
        let clip = try cmuClip("walk")
        var generator = SplitMix64(seed: 9)
        func random(_ size: Double) -> Vector3 {
            Vector3(
                .random(in: -size...size, using: &generator), .random(in: -size...size, using: &generator),
                .random(in: -size...size, using: &generator))
        }
        let fresh = retargeter.retarget(clip, horizon: 0)
        var worst: [Double] = []
        for _ in 0..<12 {
            var state = RetargetState()
            for _ in 0..<20 {
                let frame = HumanFrame(
                    pelvis: Vector3(0, 0.9, 0), rotations: (0..<22).map { _ in Quaternion(rotationVector: random(2)) })
                for _ in 0..<5 { _ = retargeter.retarget(frame, state: &state) }
            }
            var last: RetargetedFrame?
            for frame in clip.frames { last = retargeter.retarget(frame, state: &state) }
            let a = try #require(last).configuration.jointPositions
            let b = try #require(fresh.frames.last).configuration.jointPositions
            worst.append(zip(a, b).map { abs($0 - $1) }.max() ?? 0)
        }
        #expect(worst.allSatisfy { $0 < 0.1 }, "\(worst)")
    }
}
