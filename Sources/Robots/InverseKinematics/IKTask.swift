package import Geometry

/// One aim of the inverse kinematics: three rows of a least-squares problem.
///
/// Its cost is the sum over the world's axes of weight times error squared. The solver knows nothing else of it.
package protocol IKTask: Sendable {
    /// What is missing to the target in the robot's present configuration, in world axes, m or rad.
    func error(_ target: TaskTarget, _ robot: KinematicWorkspace) -> Vector3
    /// Fills in how what is aimed at moves with the degrees of freedom.
    func jacobian(_ target: TaskTarget, _ robot: KinematicWorkspace, into rows: JacobianRows)
}

/// What a task aims at in one frame.
package struct TaskTarget: Sendable {
    /// A place or a direction in the world, m; of the tasks that have one.
    package var position = Vector3.zero
    /// An orientation in the world; of the tasks that have one.
    package var rotation = Quaternion.identity
    /// Which of its points; of the tasks that have several.
    package var choice = 0
    /// Weight of the error by world axis, 1/m² or 1/rad²; without any the task is left out.
    package var weight = Vector3.zero

    package init(position: Vector3 = .zero, rotation: Quaternion = .identity, weight: Double) {
        (self.position, self.rotation) = (position, rotation)
        weigh(weight)
    }

    /// With a weight of its own for each axis of the world.
    package init(position: Vector3, weight: Vector3) { (self.position, self.weight) = (position, weight) }

    /// Weighs all axes alike.
    package mutating func weigh(_ weight: Double) { self.weight = Vector3(weight, weight, weight) }

    /// The target in a world that is turned about the vertical; its weights are the same in all directions of the floor.
    package func turned(by turn: Quaternion) -> TaskTarget {
        var target = self
        target.position = turn.act(position)
        target.rotation = turn * rotation
        return target
    }
}
