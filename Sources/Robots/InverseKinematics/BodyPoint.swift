package import Geometry

/// A point that is fixed to a body of the robot.
package struct BodyPoint: Hashable, Sendable {
    /// Index of the body.
    package var body: Int
    /// Where it is in the body, m.
    package var place: Vector3

    package init(_ body: Int, _ place: Vector3) { (self.body, self.place) = (body, place) }
}
