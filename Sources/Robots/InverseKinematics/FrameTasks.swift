package import Geometry

/// A point of the robot at a place, or at an offset from another point of it.
package struct PositionTask: IKTask {
    package var point: BodyPoint
    package var reference: BodyPoint?

    package init(point: BodyPoint, relativeTo reference: BodyPoint? = nil) {
        (self.point, self.reference) = (point, reference)
    }

    package func error(_ target: TaskTarget, _ robot: KinematicWorkspace) -> Vector3 {
        let place = robot.position(of: point)
        return target.position - (reference.map { place - robot.position(of: $0) } ?? place)
    }

    package func jacobian(_ target: TaskTarget, _ robot: KinematicWorkspace, into rows: JacobianRows) {
        rows.point(point, relativeTo: reference)
    }
}

/// A body of the robot at an orientation.
package struct OrientationTask: IKTask {
    package var body: Int

    package init(body: Int) { self.body = body }

    package func error(_ target: TaskTarget, _ robot: KinematicWorkspace) -> Vector3 {
        robot.missingTurn(ofBody: body, to: target.rotation)
    }

    package func jacobian(_ target: TaskTarget, _ robot: KinematicWorkspace, into rows: JacobianRows) {
        rows.orientation(ofBody: body)
    }
}

/// The centre of mass of the whole robot at a place.
package struct CenterOfMassTask: IKTask {
    package init() {}

    package func error(_ target: TaskTarget, _ robot: KinematicWorkspace) -> Vector3 {
        target.position - robot.centerOfMass
    }

    package func jacobian(_ target: TaskTarget, _ robot: KinematicWorkspace, into rows: JacobianRows) {
        rows.centerOfMass()
    }
}
