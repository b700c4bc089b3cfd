import Geometry

extension RobotDescription {
    /// The same robot with all lengths multiplied: 0.001 for a file in millimetres. Masses stay as they are.
    public func scaled(by factor: Double) -> RobotDescription {
        var robot = self
        for index in robot.bodies.indices {
            robot.bodies[index].pose.translation = robot.bodies[index].pose.translation * factor
            robot.bodies[index].inertial.center = robot.bodies[index].inertial.center * factor
            robot.bodies[index].inertial.moments = robot.bodies[index].inertial.moments.map { $0 * factor * factor }
            if var joint = robot.bodies[index].joint {
                joint.origin = joint.origin * factor
                if joint.kind == .prismatic {
                    joint.range = joint.range.map { $0.lowerBound * factor...$0.upperBound * factor }
                    joint.velocity = joint.velocity.map { $0 * factor }
                }
                robot.bodies[index].joint = joint
            }
            for shape in robot.bodies[index].shapes.indices {
                robot.bodies[index].shapes[shape].pose.translation =
                    robot.bodies[index].shapes[shape].pose.translation * factor
                robot.bodies[index].shapes[shape].form = robot.bodies[index].shapes[shape].form.scaled(by: factor)
            }
        }
        for index in robot.sites.indices {
            robot.sites[index].pose.translation = robot.sites[index].pose.translation * factor
        }
        return robot
    }
}

extension RobotDescription.Shape.Form {
    fileprivate func scaled(by s: Double) -> Self {
        switch self {
        case .box(let half): .box(half * s)
        case .sphere(let radius): .sphere(radius * s)
        case .capsule(let radius, let half): .capsule(radius: radius * s, half: half * s)
        case .cylinder(let radius, let half): .cylinder(radius: radius * s, half: half * s)
        case .ellipsoid(let half): .ellipsoid(half * s)
        case .mesh(let file, let scale): .mesh(file: file, scale: scale * s)
        case .hull(let points): .hull(points.map { $0 * s })
        }
    }
}
