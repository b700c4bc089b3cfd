import Geometry
import HumanBody
import HumanMotion
import Robots
import Testing

@testable import Retargeting

@Suite("Tasks of the inverse kinematics")
struct TaskTests {
    @Test("every task's Jacobian is the derivative of its error", arguments: RetargetModel.taskKinds.indices)
    func derivatives(kind: Int) throws {
        let model = try RetargetModel(loadG1(), Retargeter.Options())
        let tasks = RetargetModel.taskKinds[kind].tasks(model.calibration, model.options)
        #expect(!tasks.isEmpty)
        let robot = KinematicWorkspace(model.tree)
        var generator = SplitMix64(seed: 11)
        for task in tasks {
            var pose = model.profile.standPose
            // Over the floor, so that standing soles have something to do.
            pose.rootPosition.z += 0.3
            pose.rootRotation = Quaternion(rotationVector: Vector3(0.2, -0.1, 0.7))
            for joint in pose.jointPositions.indices {
                pose.jointPositions[joint] += .random(in: -0.2...0.2, using: &generator)
            }
            robot.update(pose)
            // Turns are compared where their error is small, as a rotation vector is a velocity only there.
            let turn =
                (task as? OrientationFollowTask).map { robot.missingTurn(ofBody: $0.body, to: .identity) }
                ?? task.error(TaskTarget(weight: 1), robot)
            let target = TaskTarget(
                position: Vector3(0.1, 0.2, -0.3), rotation: Quaternion(rotationVector: turn).conjugate, weight: 1)
            let rows = JacobianRows(robot)
            task.jacobian(target, robot, into: rows)
            let columns = (0..<model.tree.degreesOfFreedom).map(rows.column)
            #expect(columns.contains { $0.length > 1e-3 })
            for (dof, column) in columns.enumerated() {
                let step = 1e-6
                let ends = [step, -step].map { change in
                    robot.update(pose.moved(dof, by: change))
                    return task.error(target, robot)
                }
                let slope = (ends[0] - ends[1]) / (2 * step)
                let differs = (slope + column).length
                // A task that looks at one axis alone leaves the others' rows without an error.
                let isOneAxis = task is SoleOnFloorTask
                #expect(isOneAxis ? abs((slope + column).z) < 1e-5 : differs < 1e-5, "\(task), \(dof)")
            }
        }
    }

    @Test("a turn that is missing pulls a limb no harder the farther it is, and the trunk in proportion")
    func bounds() throws {
        let model = try RetargetModel(loadG1(), Retargeter.Options())
        let robot = KinematicWorkspace(model.tree)
        robot.update(model.profile.standPose)
        let rows = JacobianRows(robot)
        for task in model.tasks.compactMap({ $0 as? OrientationFollowTask }) {
            let near = task.hand == nil ? 0.1 : 0.05
            let pulls = [near, 2 * near, 0.6, 1.5, 3].map { angle -> Double in
                let there = robot.pose(ofBody: task.body).rotation
                let target = TaskTarget(rotation: Quaternion(angle: angle, axis: .up) * there, weight: 1)
                task.jacobian(target, robot, into: rows)
                // The root turns about the vertical.
                return rows.column(5).dot(task.error(target, robot))
            }
            #expect(abs(pulls[1] / pulls[0] - 2) < 1e-3)
            #expect(
                task.reach < 1 ? abs(pulls[4] / pulls[2] - 1) < 1e-3 : pulls[4] > 4 * pulls[2],
                "\(task.joint): \(pulls)"
            )
        }
    }

    @Test("a wrist that turns farther than the robot's leaves the arm where the person's is")
    func wrists() throws {
        let degree = Double.pi / 180
        for wrist in [Vector3(0, -35, 0), Vector3(0, 0, 80), Vector3(0, 0, 0)] {
            var frame = HumanFrame(pelvis: Vector3(0, 0.95, 0)).resting
            frame.rotations[.leftShoulder] = Quaternion(rotationVector: Vector3(-1, -18, 3) * degree)
            frame.rotations[.leftElbow] = Quaternion(rotationVector: Vector3(60, -114, 42) * degree)
            frame.rotations[.leftWrist] = Quaternion(rotationVector: wrist * degree)
            frame.rotations[.rightShoulder] = Quaternion(rotationVector: Vector3(0, 0, 72) * degree)
            let clip = HumanClip(frameRate: 30, frames: Array(repeating: frame, count: 30))
            let retargeter = try Retargeter(loadG1())
            let report = retargeter.judge(retargeter.retarget(clip), of: clip)
            for (segment, error) in report.likeness.segments where segment.contains("elbow") {
                #expect(error / degree < 20, "\(wrist): \(segment)")
            }
        }
    }

    @Test("a solve that cannot be is refused, and leaves the configuration finite")
    func failure() throws {
        let profile = try loadG1()
        let tree = try KinematicTree(profile)
        let solver = InverseKinematics(tree, tasks: [PositionTask(point: BodyPoint(0, .zero))])
        solver.bound(profile.jointLimits, margin: 0)
        var pose = profile.standPose
        let nowhere = [TaskTarget(position: Vector3(.infinity, 0, 0), weight: 1)]
        #expect(throws: SolverFailure.notFinite) {
            try solver.solve(nowhere, &pose, effort: .init(iterations: 5))
        }
        #expect(pose.isFinite)
        (solver.lower[0], solver.upper[0]) = (1, -1)
        #expect(throws: SolverFailure.invalidProblem) {
            try solver.solve([TaskTarget(weight: 1)], &pose, effort: .init(iterations: 5))
        }
    }

    @Test("rows that a task carries over are those of what it measures")
    func mapping() throws {
        let profile = try loadG1()
        let tree = try KinematicTree(profile)
        let robot = KinematicWorkspace(tree)
        robot.update(profile.standPose)
        let rows = JacobianRows(robot)
        rows.point(BodyPoint(5, Vector3(0.1, 0, 0)))
        let before = (0..<tree.degreesOfFreedom).map(rows.column)
        let turn = Quaternion(rotationVector: Vector3(0.3, 0.1, -0.2))
        rows.map(turn.act)
        for (dof, column) in before.enumerated() { #expect((rows.column(dof) - turn.act(column)).length < 1e-12) }
        rows.clear()
        #expect((0..<tree.degreesOfFreedom).allSatisfy { rows.column($0) == .zero })
    }
}

extension RobotConfiguration {
    /// With one degree of freedom changed: velocity and angular velocity of the root in world axes, then the joints.
    fileprivate func moved(_ dof: Int, by change: Double) -> RobotConfiguration {
        var moved = self
        var axis = Vector3.zero
        if dof < 6 { axis[dof % 3] = change }
        switch dof {
        case 0..<3: moved.rootPosition += axis
        case 3..<6: moved.rootRotation = (Quaternion(rotationVector: axis) * rootRotation).normalized
        default: moved.jointPositions[dof - 6] += change
        }
        return moved
    }
}
