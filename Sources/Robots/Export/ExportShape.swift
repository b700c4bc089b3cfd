import Geometry

/// A shape drawn for a body, as profiles hold no meshes.
enum ExportShape {
    /// A capsule from one point to another in the body's frame, m.
    case capsule(from: Vector3, to: Vector3, radius: Double)
    /// A ball at a corner of a sole, which touches the floor where the corner does.
    case soleCorner(Vector3, radius: Double)
}

extension RobotProfile {
    /// What is drawn for every body, by name: its collision capsules, else a rod to each of its children; and its sole.
    var exportShapes: [String: [ExportShape]] {
        var shapes: [String: [ExportShape]] = [:]
        for capsule in collision.capsules {
            shapes[capsule.body, default: []].append(
                .capsule(from: capsule.from, to: capsule.to, radius: capsule.radius))
        }
        let covered = Set(shapes.keys)
        for body in bodies {
            guard let parent = body.parent, !covered.contains(parent), body.pose.translation.length > 0.02 else {
                continue
            }
            shapes[parent, default: []].append(.capsule(from: .zero, to: body.pose.translation, radius: 0.012))
        }
        for foot in feet?.both ?? [] {
            guard let plane = SolePlane(foot.sole) else { continue }
            // The body's origin, the ankle, lies above the sole.
            let up = plane.height(of: .zero) < 0 ? -plane.normal : plane.normal
            shapes[foot.body, default: []] += foot.sole.map { .soleCorner($0 + up * 0.005, radius: 0.005) }
        }
        return shapes
    }

    /// What a reader of an export should know.
    var exportRemark: String {
        """
        \(displayName), written by kmmctl profile export from the profile \(name), whose numbers come from \
        \(source.repository)@\(source.commit) \(source.file) (\(licence)). No meshes; ball joints are held.
        """
    }
}
