public import HumanMotion
import Robots

extension Retargeter {
    /// Retargets a whole clip at its own frame rate.
    public func retarget(_ clip: HumanClip) -> RobotMotion {
        var state = RetargetState()
        let dt = 1 / clip.frameRate
        return RobotMotion(
            frameRate: clip.frameRate, jointNames: profile.jointNames,
            frames: clip.frames.map { retarget($0, dt: dt, state: &state) })
    }
}
