package import CRigidBody

/// The capsules of a robot's watched bodies, and the pairs of them that keep apart.
package struct WatchedCapsules {
    /// Distance that they keep, and by how much they may come nearer before a frame of a window is worked on once more, m.
    package static let (distance, tolerance) = (0.017, 0.005)

    package var capsules: [krb_capsule] = []
    package var pairs: [krb_capsule_pair] = []

    /// Nothing is watched.
    package init() {}

    package init(_ profile: RobotProfile, _ tree: KinematicTree) {
        let shapes = profile.collision.capsules.compactMap { capsule in
            tree.index(ofBody: capsule.body).map { (capsule: capsule, body: Int32($0)) }
        }
        capsules = shapes.map {
            krb_capsule(body: $0.body, from: krb_vector3($0.capsule.from), to: krb_vector3($0.capsule.to))
        }
        for names in profile.collision.pairs where names.count == 2 {
            for (a, first) in shapes.enumerated() where first.capsule.body == names[0] {
                for (b, second) in shapes.enumerated() where second.capsule.body == names[1] {
                    pairs.append(
                        krb_capsule_pair(
                            capsule: (Int32(a), Int32(b)),
                            reach: first.capsule.radius + second.capsule.radius + Self.distance))
                }
            }
        }
    }
}
