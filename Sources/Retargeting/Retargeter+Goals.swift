import CRigidBody
import Geometry
import HumanBody
import HumanMotion
import Robots

extension Retargeter {
    /// How high the lowest corner of a standing sole may be at no cost, and from where a frame is worked on once more, m.
    static let (soleSlack, liftedSole) = (0.0015, 0.0025)

    /// What a task of the solver stands for.
    enum Goal {
        case hips
        case smoothRootPosition
        case smoothRootRotation
        case orientation(joint: HumanJoint)
        case bone(Calibration.Bone)
        case sole(leg: Int, end: SoleEnd)
        case soleOrientation(leg: Int)
        case onFloor(leg: Int)
        case balance
    }

    /// The tasks of a robot, in the order of their meanings.
    static func makeGoals(_ calibration: Calibration) -> [(goal: Goal, task: krb_task)] {
        var goals: [(goal: Goal, task: krb_task)] = []
        let ankles = calibration.legs.map(\.side.ankle)
        if !calibration.legs.isEmpty, let root = calibration.followers[.pelvis] {
            let hips = calibration.hipsInRoot
            goals.append((.hips, .position(body: 0, point: hips, weight: root.positionWeight)))
            goals.append((.smoothRootPosition, .position(body: 0, point: hips, weight: 0)))
            goals.append((.smoothRootRotation, .orientation(body: 0, weight: 0)))
            goals.append((.balance, .balance))
        }
        for (joint, follower) in calibration.followers.sorted(by: { $0.key.rawValue < $1.key.rawValue })
        where follower.orientationWeight > 0 && !ankles.contains(joint) {
            let task = krb_task.orientation(body: follower.body, weight: follower.orientationWeight)
            goals.append((.orientation(joint: joint), task))
        }
        for bone in calibration.bones where !ankles.contains(bone.end) {
            guard let from = calibration.followers[bone.start], let to = calibration.followers[bone.end],
                to.positionWeight > 0
            else { continue }
            let task = krb_task.position(
                body: to.body, point: to.point, relativeTo: (from.body, from.point), weight: to.positionWeight)
            goals.append((.bone(bone), task))
        }
        for (index, leg) in calibration.legs.enumerated() {
            guard let ankle = calibration.followers[leg.side.ankle] else { continue }
            for (end, point) in [(SoleEnd.heel, leg.heel), (.toe, leg.toe)] {
                let task = krb_task.position(body: ankle.body, point: ankle.point + leg.sole.act(point), weight: 0)
                goals.append((.sole(leg: index, end: end), task))
            }
            goals.append((.soleOrientation(leg: index), .orientation(body: ankle.body, weight: 0)))
            goals.append((.onFloor(leg: index), .onFloor(body: ankle.body, slack: soleSlack)))
        }
        return goals
    }

    /// Every sole corner, which stays above the floor, rounded as edges are.
    static func floorPoints(_ calibration: Calibration) -> [krb_floor_point] {
        let radius = 0.005
        return calibration.legs.flatMap { leg in
            let ankle = calibration.followers[leg.side.ankle]
            return leg.corners.map { corner in
                krb_floor_point(
                    body: Int32(ankle?.body ?? 0),
                    point: krb_vector3((ankle?.point ?? .zero) + leg.sole.act(corner + .up * radius)), height: radius)
            }
        }
    }

    /// Goal of the middle of the hips and of the root's orientation.
    func rootTarget() -> RigidTransform {
        guard !calibration.legs.isEmpty, let root = calibration.followers[.pelvis] else { return .identity }
        let middle = (human.positions[.leftHip] + human.positions[.rightHip]) / 2
        return RigidTransform(
            translation: middle * calibration.scale + .up * calibration.lift,
            rotation: (human.rotations[.pelvis] * root.rotation).normalized)
    }

    /// Appends a frame that follows the human, before its feet are planned.
    func appendGoals(_ frame: HumanFrame, _ state: inout RetargetState) {
        let root = rootTarget()
        var slot = state.slots.last ?? Slot(root: root)
        slot.hips = root.translation
        if state.slots.isEmpty {
            slot.root.translation -= root.rotation.act(calibration.hipsInRoot)
            state.joints += natural
        } else {
            for joint in (state.joints.count - natural.count)..<state.joints.count {
                state.joints.append(state.joints[joint])
            }
        }
        state.slots.append(slot)
        for goal in goals {
            var task = goal.task
            switch goal.goal {
            case .orientation(let joint):
                let offset = calibration.followers[joint]?.rotation ?? .identity
                task.target_rotation = krb_quaternion(human.rotations[joint] * offset)
            case .bone(let bone):
                task.target = krb_vector3(human.direction(from: bone.start, to: bone.end) * bone.length)
            default: break
            }
            state.tasks.append(task)
        }
        for leg in calibration.legs { state.feet.append(footFrame(leg, root, frame.contacts)) }
    }

    private func footFrame(_ leg: Calibration.Leg, _ root: RigidTransform, _ contacts: FootContacts) -> FootFrame {
        var foot = FootFrame()
        foot.human = SolePoints(heel: human.positions[leg.side.ankle], toe: human.positions[leg.side.toe])
        foot.height = SolePoints(
            heel: foot.human.heel.z - SMPLFoot.ankleHeight(leg.side), toe: foot.human.toe.z - SMPLFoot.toeHeight)
        if contacts != .none {
            let (ankle, toe) = contacts[leg.side]
            foot.probability = SolePoints(heel: ankle, toe: toe)
        }
        foot.free = calibration.freeFoot(leg, hips: root.translation, root: root.rotation, human: human)
        foot.freePoints = SolePoints(heel: foot.free.act(leg.heel), toe: foot.free.act(leg.toe))
        return foot
    }

    /// Sets the goals of a frame's hips and feet after they were planned.
    func aim(_ t: Int, _ state: inout RetargetState) {
        for (index, goal) in goals.enumerated() {
            let place = t * goals.count + index
            switch goal.goal {
            case .hips:
                let slot = state.slots[t]
                state.tasks[place].target = krb_vector3(slot.hips + slot.shift + slot.lean)
                state.tasks[place].weigh((calibration.followers[.pelvis]?.positionWeight ?? 0) * options.hips)
            case .balance:
                let (target, weight) = balance(t, state)
                state.tasks[place].target = krb_vector3(target)
                state.tasks[place].weight = krb_vector3(x: weight, y: weight, z: 0)
            case .sole(let leg, let end):
                let foot = state.feet[t * calibration.legs.count + leg]
                let swing = (calibration.followers[calibration.legs[leg].side.ankle]?.positionWeight ?? 0) / 2
                let grip = foot.grip[end]
                state.tasks[place].weigh(hold(leg, t, state) * (swing + grip * grip * options.stancePosition))
                state.tasks[place].target = krb_vector3(foot.path[end])
            case .soleOrientation(let leg):
                let foot = state.feet[t * calibration.legs.count + leg]
                let swing = calibration.followers[calibration.legs[leg].side.ankle]?.orientationWeight ?? 0
                let grip = max(foot.grip.heel, foot.grip.toe)
                state.tasks[place].weigh(hold(leg, t, state) * (swing + grip * grip * options.stanceOrientation))
                let rotation = foot.rotation * calibration.legs[leg].sole.conjugate
                state.tasks[place].target_rotation = krb_quaternion(rotation)
            default: break
            }
        }
    }
}
