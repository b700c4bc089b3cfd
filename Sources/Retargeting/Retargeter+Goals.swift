import CRigidBody
import Geometry
import HumanMotion
import Robots

extension Retargeter {
    /// What a task of the solver stands for.
    enum Goal {
        case hips
        case smoothRootPosition
        case smoothRootRotation
        case orientation(joint: Int)
        case bone(Calibration.Bone)
        case footPosition(Int)
        case footOrientation(Int)
    }

    static func makeGoals(_ calibration: Calibration, _ solver: InverseKinematics) -> [Goal] {
        var goals: [Goal] = []
        let ankles = calibration.legs.map(\.side.ankle)
        if !calibration.legs.isEmpty, let root = calibration.followers[0] {
            goals += [.hips, .smoothRootPosition, .smoothRootRotation]
            solver.tasks.append(
                .position(body: 0, point: calibration.hipsInRoot, weight: root.positionWeight))
            solver.tasks.append(.position(body: 0, point: calibration.hipsInRoot, weight: 0))
            solver.tasks.append(.orientation(body: 0, weight: 0))
        }
        for (joint, follower) in calibration.followers.sorted(by: { $0.key < $1.key })
        where follower.orientationWeight > 0 && !ankles.contains(joint) {
            goals.append(.orientation(joint: joint))
            solver.tasks.append(.orientation(body: follower.body, weight: follower.orientationWeight))
        }
        for bone in calibration.bones where !ankles.contains(bone.end) {
            guard let from = calibration.followers[bone.start], let to = calibration.followers[bone.end],
                to.positionWeight > 0
            else { continue }
            goals.append(.bone(bone))
            solver.tasks.append(
                .position(
                    body: to.body, point: to.point, relativeTo: (from.body, from.point), weight: to.positionWeight))
        }
        for (index, leg) in calibration.legs.enumerated() {
            guard let ankle = calibration.followers[leg.side.ankle] else { continue }
            goals += [.footPosition(index), .footOrientation(index)]
            solver.tasks.append(.position(body: ankle.body, point: ankle.point, weight: ankle.positionWeight))
            solver.tasks.append(.orientation(body: ankle.body, weight: ankle.orientationWeight))
            solver.floorPoints += leg.corners.map { corner in
                krb_floor_point(
                    body: Int32(ankle.body), point: krb_vector3(ankle.point + leg.sole.act(corner)), height: 0)
            }
        }
        return goals
    }

    /// Goal of the middle of the hips and of the root's orientation.
    func rootTarget() -> RigidTransform {
        guard !calibration.legs.isEmpty, let root = calibration.followers[0] else { return .identity }
        let middle = (human.positions[1] + human.positions[2]) / 2
        return RigidTransform(
            translation: middle * calibration.scale + .up * calibration.lift,
            rotation: (human.rotations[0] * root.rotation).normalized)
    }

    func setGoals(_ root: RigidTransform, _ state: RetargetState, _ dt: Double) {
        let known: Double = state.configuration == nil ? 0 : 1
        let predicted = state.predictedRoot(after: dt)
        for (index, goal) in goals.enumerated() {
            switch goal {
            case .hips: solver.tasks[index].target = krb_vector3(root.translation)
            case .smoothRootPosition:
                solver.tasks[index].weight = krb_vector3(Vector3(1, 1, 1) * (known * options.rootPositionSmoothness))
                solver.tasks[index].target = krb_vector3(predicted.act(calibration.hipsInRoot))
            case .smoothRootRotation:
                solver.tasks[index].weight = krb_vector3(Vector3(1, 1, 1) * (known * options.rootRotationSmoothness))
                solver.tasks[index].target_rotation = krb_quaternion(predicted.rotation)
            case .orientation(let joint):
                let offset = calibration.followers[joint]?.rotation ?? .identity
                solver.tasks[index].target_rotation = krb_quaternion(human.rotations[joint] * offset)
            case .bone(let bone):
                let direction = human.direction(from: bone.start, to: bone.end)
                solver.tasks[index].target = krb_vector3(direction * bone.length)
            case .footPosition(let leg):
                let foot = state.feet[leg]
                let swing = calibration.followers[calibration.legs[leg].side.ankle]?.positionWeight ?? 0
                let weight = hold(leg, state) * (swing + foot.grip * max(0, options.stancePosition - swing))
                let ankle = calibration.followers[calibration.legs[leg].side.ankle]?.point ?? .zero
                let local = foot.pivot?.local ?? .zero
                solver.tasks[index].point = krb_vector3(ankle + calibration.legs[leg].sole.act(local))
                solver.tasks[index].target = krb_vector3(foot.target.act(local))
                solver.tasks[index].weight = krb_vector3(x: weight, y: weight, z: weight)
            case .footOrientation(let leg):
                let foot = state.feet[leg]
                let swing = calibration.followers[calibration.legs[leg].side.ankle]?.orientationWeight ?? 0
                let weight = hold(leg, state) * (swing + foot.grip * max(0, options.stanceOrientation - swing))
                let rotation = foot.target.rotation * calibration.legs[leg].sole.conjugate
                solver.tasks[index].target_rotation = krb_quaternion(rotation)
                solver.tasks[index].weight = krb_vector3(x: weight, y: weight, z: weight)
            }
        }
    }
}
