package import HumanMotion
package import Retargeting
package import Timeline

extension Retargeter: FrameRetargeting {
    package func makeState() -> RetargetState { RetargetState() }

    package func knot(for frame: HumanFrame, state: inout RetargetState) -> MotionKnot {
        let robot = retarget(frame, dt: 1 / 30, state: &state)
        let contacts = frame.contacts
        return MotionKnot(
            configuration: robot.configuration,
            contacts: [contacts.leftAnkle, contacts.leftToe, contacts.rightAnkle, contacts.rightToe].map(Float.init))
    }
}
