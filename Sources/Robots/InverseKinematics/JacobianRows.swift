import CRigidBody
package import Geometry

/// Three rows of a Jacobian over the degrees of freedom, in the memory of a workspace: a velocity in world axes.
///
/// A task makes one block, and `map` carries it to what the task measures.
package struct JacobianRows {
    private let workspace: OpaquePointer

    package init(_ robot: KinematicWorkspace) { workspace = robot.handle }

    /// Nothing moves what is aimed at.
    package func clear() { krb_rows_clear(workspace) }

    /// Velocity of a point, less that of another one.
    package func point(_ point: BodyPoint, relativeTo reference: BodyPoint? = nil) {
        krb_rows_of_point(
            workspace, Int32(point.body), krb_vector3(point.place), Int32(reference?.body ?? -1),
            krb_vector3(reference?.place ?? .zero))
    }

    /// Angular velocity of a body.
    package func orientation(ofBody body: Int) { krb_rows_of_orientation(workspace, Int32(body)) }

    /// Velocity of the centre of mass of the whole robot.
    package func centerOfMass() { krb_rows_of_center_of_mass(workspace) }

    /// What a degree of freedom moves, in world axes.
    package func column(_ degreeOfFreedom: Int) -> Vector3 {
        let column = krb_rows_current(workspace).values + 3 * degreeOfFreedom
        return Vector3(column[0], column[1], column[2])
    }

    /// Carries every column over.
    package func map(_ transform: (Vector3) -> Vector3) {
        let rows = krb_rows_current(workspace)
        for index in 0..<Int(rows.column_count) {
            let column = rows.values + 3 * Int(rows.columns[index])
            let mapped = transform(Vector3(column[0], column[1], column[2]))
            (column[0], column[1], column[2]) = (mapped.x, mapped.y, mapped.z)
        }
    }

    /// Hands the rows to the step that is being made.
    package func add(_ weight: Vector3, _ error: Vector3) {
        krb_rows_add(workspace, krb_vector3(weight), krb_vector3(error))
    }
}

extension KinematicWorkspace {
    /// A point in the world, m.
    package func position(of point: BodyPoint) -> Vector3 {
        Vector3(krb_point(handle, Int32(point.body), krb_vector3(point.place)))
    }

    /// The rotation vector, in the world, of what is missing from a body's orientation to another one.
    package func missingTurn(ofBody body: Int, to rotation: Quaternion) -> Vector3 {
        Vector3(krb_missing_turn(handle, Int32(body), krb_quaternion(rotation)))
    }
}
