internal import Geometry
internal import Robots
public import Tensors

/// Files that other projects read robot motion from.
public enum MotionExport: String, Hashable, Sendable, CaseIterable {
    /// CSV of Unitree's retargeted LAFAN1: 30 Hz, quaternion x, y, z, w, joints in MuJoCo's order.
    case lafan1
    /// CSV of Kimodo and ARDY: as `lafan1` with the quaternion w, x, y, z.
    case kimodo
    /// Arrays of BeyondMimic: 50 Hz, every body in the world, IsaacLab's order.
    case beyondmimic
    /// Arrays of mjlab: as `beyondmimic` in MuJoCo's order.
    case mjlab
    /// SONIC's reference folder: 50 Hz, IsaacLab's order, the root as the only body.
    case sonic
    /// Arrays with names, in the robot's own order.
    case npz

    /// What an export is made of.
    public enum Output: Sendable {
        /// One text file.
        case text(String)
        /// One file of arrays.
        case arrays(NPZ)
        /// A folder of text files.
        case folder([(name: String, text: String)])
    }

    /// Frames per second that the format's readers expect; nil when they read it from the file.
    public var rate: Double? {
        switch self {
        case .lafan1, .kimodo: 30
        case .beyondmimic, .mjlab, .sonic: 50
        case .npz: nil
        }
    }

    /// Writes a clip.
    ///
    /// - Parameters:
    ///   - clip: The motion.
    ///   - title: Its name, for formats that carry one.
    /// - Returns: What goes into the file or the folder.
    /// - Throws: `format` when the robot's profile lacks the joint order.
    public func output(_ clip: ReferenceClip, title: String) throws(ClipError) -> Output {
        switch self {
        case .lafan1: .text(try table(clip, isScalarLast: true))
        case .kimodo: .text(try table(clip, isScalarLast: false))
        case .beyondmimic: .arrays(try bodies(clip, order: order("isaaclab", clip)))
        case .mjlab: .arrays(try bodies(clip, order: order("mujoco", clip)))
        case .sonic: .folder(try folder(clip, title: title))
        case .npz: .arrays(native(clip))
        }
    }

    private func order(_ target: String, _ clip: ReferenceClip) throws(ClipError) -> JointOrder {
        do throws(SinkError) {
            return try JointOrder(target, of: clip.profile)
        } catch {
            throw .format(error)
        }
    }

    // MARK: Tables

    private func table(_ clip: ReferenceClip, isScalarLast: Bool) throws(ClipError) -> String {
        let places = try order("mujoco", clip).places
        return clip.frames.map { frame in
            let (p, q) = (frame.configuration.rootPosition, frame.configuration.rootRotation)
            let rotation = isScalarLast ? [q.x, q.y, q.z, q.w] : [q.w, q.x, q.y, q.z]
            return row([p.x, p.y, p.z] + rotation + places.map { frame.configuration.jointPositions[$0] })
        }.joined()
    }

    private func folder(_ clip: ReferenceClip, title: String) throws(ClipError) -> [(name: String, text: String)] {
        let places = try order("isaaclab", clip).places
        func file(_ names: [String], _ values: (ReferenceClip.Frame) -> [Double]) -> String {
            names.joined(separator: ",") + "\n" + clip.frames.map { row(values($0)) }.joined()
        }
        let joints = places.indices.map { "joint_\($0)" }
        func body(_ suffixes: [String], _ values: (ReferenceClip.Frame) -> [Double]) -> String {
            file(suffixes.map { "body_0_\($0)" }, values)
        }
        return [
            ("joint_pos.csv", file(joints) { frame in places.map { frame.configuration.jointPositions[$0] } }),
            ("joint_vel.csv", file(joints) { frame in places.map { frame.jointVelocities[$0] } }),
            (
                "body_pos.csv",
                body(["x", "y", "z"]) {
                    let p = $0.configuration.rootPosition
                    return [p.x, p.y, p.z]
                }
            ),
            (
                "body_quat.csv",
                body(["w", "x", "y", "z"]) {
                    let q = $0.configuration.rootRotation
                    return [q.w, q.x, q.y, q.z]
                }
            ),
            // The reader looks for this line and takes the numbers of the one that follows.
            (
                "metadata.txt",
                """
                Metadata for: \(title)
                ==============================

                Body part indexes:
                [0]

                Total timesteps: \(clip.frames.count)

                """
            ),
        ]
    }

    private func row(_ values: [Double]) -> String {
        values.map { text($0) }.joined(separator: ",") + "\n"
    }

    /// Six decimals.
    private func text(_ value: Double) -> String {
        var writer = MessageWriter(prefix: [], room: 32)
        writer.begin()
        writer.decimal(value)
        return writer.end().map { String(decoding: $0, as: UTF8.self) } ?? "0"
    }

    // MARK: Arrays

    /// Every body that a joint of the order moves, after the root: its pose and velocity in the world.
    private func bodies(_ clip: ReferenceClip, order: JointOrder) throws(ClipError) -> NPZ {
        let profile = clip.profile
        let tree: KinematicTree
        do throws(KinematicsError) {
            tree = try KinematicTree(profile)
        } catch {
            throw .format(.kinematics(robot: profile.name, error))
        }
        let joints = profile.drivenJoints
        let bodies = [0] + order.places.compactMap { tree.index(ofBody: joints[$0].body) }
        let workspace = KinematicWorkspace(tree)
        var (positions, rotations, linear, angular): ([Float], [Float], [Float], [Float]) = ([], [], [], [])
        for frame in clip.frames {
            workspace.update(frame.configuration)
            let jacobians = workspace.jacobians()
            let freedom = tree.degreesOfFreedom
            let (v, w) = (frame.rootLinearVelocity, frame.rootAngularVelocity)
            let root = tree.hasFloatingRoot ? [v.x, v.y, v.z, w.x, w.y, w.z] : []
            let rates = root + frame.jointVelocities
            for body in bodies {
                let pose = workspace.pose(ofBody: body)
                positions += [pose.translation.x, pose.translation.y, pose.translation.z].map { Float($0) }
                rotations += [pose.rotation.w, pose.rotation.x, pose.rotation.y, pose.rotation.z].map { Float($0) }
                let twist = (0..<6).map { axis in
                    let start = (6 * body + axis) * freedom
                    return Float((0..<freedom).reduce(0) { $0 + jacobians[start + $1] * rates[$1] })
                }
                linear += twist[..<3]
                angular += twist[3...]
            }
        }
        let (count, width) = (clip.frames.count, bodies.count)
        func perJoint(_ values: (ReferenceClip.Frame) -> [Double]) -> NPYArray {
            NPYArray(
                shape: [count, order.places.count],
                .float32(
                    clip.frames.flatMap { frame in
                        let all = values(frame)
                        return order.places.map { Float(all[$0]) }
                    }))
        }
        return NPZ([
            "fps": NPYArray(shape: [1], .int64([Int64(clip.rate.rounded())])),
            "joint_pos": perJoint(\.configuration.jointPositions), "joint_vel": perJoint(\.jointVelocities),
            "body_pos_w": NPYArray(shape: [count, width, 3], .float32(positions)),
            "body_quat_w": NPYArray(shape: [count, width, 4], .float32(rotations)),
            "body_lin_vel_w": NPYArray(shape: [count, width, 3], .float32(linear)),
            "body_ang_vel_w": NPYArray(shape: [count, width, 3], .float32(angular)),
        ])
    }

    private func native(_ clip: ReferenceClip) -> NPZ {
        let count = clip.frames.count
        let names = clip.profile.jointNames
        func array(_ width: Int, _ values: (ReferenceClip.Frame) -> [Double]) -> NPYArray {
            NPYArray(shape: [count, width], .float64(clip.frames.flatMap(values)))
        }
        func vector(_ value: Vector3) -> [Double] { [value.x, value.y, value.z] }
        return NPZ([
            "fps": NPYArray(clip.rate), "joint_names": NPYArray(shape: [names.count], .strings(names)),
            "root_pos": array(3) { vector($0.configuration.rootPosition) },
            "root_quat": array(4) {
                let q = $0.configuration.rootRotation
                return [q.w, q.x, q.y, q.z]
            }, "root_lin_vel": array(3) { vector($0.rootLinearVelocity) },
            "root_ang_vel": array(3) { vector($0.rootAngularVelocity) },
            "joint_pos": array(names.count, \.configuration.jointPositions),
            "joint_vel": array(names.count, \.jointVelocities),
        ])
    }
}
