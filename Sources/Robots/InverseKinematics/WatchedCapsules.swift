package import CRigidBody
import Geometry

/// The capsules of a robot's watched bodies, and the pairs of them that keep apart.
///
/// Pairs that are nearer than the distance in the stand pose keep what they have there: else the robot could never stand at rest.
package struct WatchedCapsules {
    /// Distance that they keep, and by how much they may come nearer before a frame of a window is worked on once more, m.
    package static let (distance, tolerance) = (0.005, 0.004)
    /// What pairs that are near in the stand pose may lose of their distance, m.
    private static let slack = 0.001

    package var capsules: [krb_capsule] = []
    package var pairs: [krb_capsule_pair] = []

    /// Nothing is watched.
    package init() {}

    package init(_ profile: RobotProfile, _ tree: KinematicTree) {
        let shapes = profile.collision.capsules.compactMap { capsule in
            tree.index(ofBody: capsule.body).map { (capsule: capsule, body: $0) }
        }
        capsules = shapes.map {
            krb_capsule(body: Int32($0.body), from: krb_vector3($0.capsule.from), to: krb_vector3($0.capsule.to))
        }
        let workspace = KinematicWorkspace(tree)
        workspace.update(profile.standPose)
        let standing = shapes.map { shape in
            let pose = workspace.pose(ofBody: shape.body)
            return Segment(from: pose.act(shape.capsule.from), to: pose.act(shape.capsule.to))
        }
        for names in profile.collision.pairs where names.count == 2 {
            for (a, first) in shapes.enumerated() where first.capsule.body == names[0] {
                for (b, second) in shapes.enumerated() where second.capsule.body == names[1] {
                    let apart = standing[a].distance(to: standing[b])
                    let thick = first.capsule.radius + second.capsule.radius
                    pairs.append(
                        krb_capsule_pair(
                            capsule: (Int32(a), Int32(b)),
                            reach: min(thick + Self.distance, max(apart - Self.slack, thick / 2))))
                }
            }
        }
    }
}
