import Geometry
import HumanBody
import HumanMotion
import KMM
import Testing
import TextEncoding

@testable import Planning

@Suite("Motion without a robot")
struct HumanPlanTests {
    @Test("what says how far leads there, each as often as it says, and what follows goes on from there")
    func goals() throws {
        var walk = Action(text: "a person walks forward", repeats: 2)
        walk.goal = MotionGoal()
        walk.goal?.distance = 2
        walk.goal?.direction = .forward
        let plan = HumanPlan(GoalPursuitTests.Walker(speeds: 0.9...1.1, rates: -0.05...0.05))
        for seed in 0..<4 {
            let far = try plan.motion(of: [walk], seed: UInt64(seed))
            #expect(abs(way(far) - 4) < 0.5)
            let farther = try plan.motion(of: [walk, Action(text: "a person waves", duration: 1)], seed: UInt64(seed))
            #expect(farther.frames.count > far.frames.count)
            for (before, after) in zip(farther.frames, farther.frames.dropFirst()) {
                #expect((after.pelvis - before.pelvis).length < 0.1)
            }
        }
    }

    private func way(_ clip: HumanClip) -> Double {
        let (first, last) = (clip.frames[0].pelvis, clip.frames[clip.frames.count - 1].pelvis)
        return (last - first).length
    }
}
