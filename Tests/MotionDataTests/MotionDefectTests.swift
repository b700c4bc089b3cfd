import Geometry
import HumanBody
import HumanMotion
import MotionFixtures
import Testing

@testable import MotionData

@Suite("Defects of recorded clips")
struct MotionDefectTests {
    @Test("who stands, jumps or lands is fine; who is held up in the air is not")
    func air() throws {
        #expect(MotionDefect.first(in: WalkingBody.standing(seconds: 3)) == nil)
        // 0.4 m high: 0.57 s in the air.
        let jump = WalkingBody.standing(seconds: 3) { t in max(0.4 - 4.905 * (t - 1.5) * (t - 1.5), 0) }
        #expect(MotionDefect.first(in: jump) == nil)
        let stool = WalkingBody.standing(seconds: 3) { t in t > 1 && t < 2 ? 0.4 : 0 }
        let defect = try #require(MotionDefect.first(in: stool))
        guard case .unsupported(let time, let seconds, let height) = defect else {
            Issue.record("\(defect)")
            return
        }
        #expect(abs(time - 1) < 0.1 && abs(seconds - 1) < 0.1 && abs(height - 0.4) < 0.02)
    }

    @Test("a jump in the recording is named with its joint and time")
    func jump() {
        var clip = WalkingBody.standing(seconds: 2)
        for frame in 30..<60 { clip.frames[frame].pelvis.x += 0.7 }
        guard case .tooFast(_, let time, let speed) = MotionDefect.first(in: clip) else {
            Issue.record("not found")
            return
        }
        #expect(abs(time - 1) < 0.01 && abs(speed - 21) < 0.5)
    }

    @Test("real clips on props are found, real jumps kept", .enabled(if: SharedData.isThere, "no ../shared/data"))
    func recorded() throws {
        var found: [String: Bool] = [:]
        for pack in ["cmu_001", "cmu_016"] {
            try SharedData.withClips("cmu", packs: [pack], every: 1) { info, clip, _ in
                found[info.id] = MotionDefect.first(in: clip) != nil
            }
        }
        for climber in ["cmu_01_02", "cmu_01_03", "cmu_01_04", "cmu_01_05", "cmu_01_10", "cmu_01_13"] {
            #expect(found[climber] == true, "\(climber)")
        }
        #expect(found["cmu_01_01"] == false)
        let jumps = found.filter { $0.key.hasPrefix("cmu_16_") }
        #expect(jumps.count > 40 && jumps.values.allSatisfy { !$0 })
    }
}
