import Geometry
import Robots
import Tensors

/// Frames of a robot in the layouts of tables and arrays.
struct RobotRows {
    /// What was wrong, in words.
    struct Failure: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }

    /// Frames per second, when the layout tells.
    private(set) var rate: Double?
    private(set) var frames: [RobotConfiguration] = []
    private(set) var notes: [String] = []

    /// The rate of both CSV layouts.
    private static let tableRate = 30.0

    // MARK: CSV

    /// Rows of root position, root quaternion and joints, with or without a line of names.
    init(table bytes: [UInt8], _ profile: RobotProfile) throws {
        var names: [String]?
        var rows: [[Double]] = []
        for (number, line) in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).enumerated() {
            let words = line.split(separator: ",", omittingEmptySubsequences: false).map { word in
                String(word.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
            }
            let numbers = words.compactMap(Double.init)
            guard numbers.count == words.count else {
                guard rows.isEmpty, names == nil else {
                    throw Failure("line \(number + 1) holds something that is no number")
                }
                names = words
                continue
            }
            if let width = rows.first?.count, width != numbers.count {
                throw Failure("line \(number + 1) has \(numbers.count) numbers instead of \(width)")
            }
            rows.append(numbers)
        }
        guard let width = rows.first?.count else { throw Failure("there are no frames") }
        guard width > 7 else { throw Failure("\(width) numbers a line are no root (7) with joints") }
        var joints: [String]?
        if let names, names.count == width {
            let own = Set(profile.jointNames)
            let named = Array(names.suffix(width - 7))
            guard named.allSatisfy(own.contains) else {
                throw Failure(
                    "the columns \(names.prefix(9).joined(separator: ", ")) … are not x, y, z, a quaternion and joints of "
                        + "\(profile.name); rows of metres and radians are read")
            }
            joints = named
        }
        let places = try Self.places(joints, count: width - 7, profile)
        let quaternions = rows.map { Array($0[3..<7]) }
        let isScalarLast = Self.isScalarLast(quaternions)
        notes.append(
            "quaternions are taken as \(isScalarLast ? "x, y, z, w (LAFAN1)" : "w, x, y, z (Kimodo)")")
        rate = Self.tableRate
        notes.append("\(Int(Self.tableRate)) frames a second, as these tables have; --input-rate takes another")
        frames = rows.map { Self.frame($0, places, profile, isScalarLast) }
    }

    // MARK: Arrays

    init(_ arrays: NPZ, _ profile: RobotProfile) throws {
        func name(_ names: String...) -> String? { names.first { arrays.arrays[$0] != nil } }
        rate =
            ["fps", "frame_rate", "framerate", "mocap_framerate"].lazy.compactMap { arrays.arrays[$0]?.doubles?.first }
            .first
        let joints: [String]? =
            if case .strings(let names)? = arrays.arrays["joint_names"]?.storage { names } else { nil }
        if let qpos = name("qpos") {
            let (rows, width) = try Self.rows(arrays, qpos)
            guard width > 7 else {
                throw Failure("'\(qpos)' has \(width) numbers a frame: a root (7) and joints are needed")
            }
            let places = try Self.places(joints, count: width - 7, profile)
            frames = rows.map { Self.frame($0, places, profile, false) }
            return
        }
        guard let positions = name("joint_pos", "dof_pos", "dof", "joint_positions") else {
            throw Failure(
                "no array of joints: joint_pos, dof_pos or qpos; only \(arrays.arrays.keys.sorted().joined(separator: ", "))"
            )
        }
        let (rows, width) = try Self.rows(arrays, positions)
        if let bodies = name("body_pos_w"), let turns = name("body_quat_w"), name("root_pos") == nil {
            try readBodies(arrays, bodies, turns, rows, width, joints, profile)
            return
        }
        guard let place = name("root_pos", "root_trans_offset", "root_trans", "root_translation"),
            let turn = name("root_quat", "root_rot", "root_rotation")
        else { throw Failure("no root: root_pos and root_quat (w, x, y, z) or root_rot (x, y, z, w)") }
        let (roots, rootWidth) = try Self.rows(arrays, place)
        let (quaternions, turnWidth) = try Self.rows(arrays, turn)
        guard rootWidth == 3, turnWidth == 4 else {
            throw Failure(
                "'\(place)' and '\(turn)' have \(rootWidth) and \(turnWidth) numbers a frame instead of 3 and 4")
        }
        guard rows.count == roots.count, rows.count == quaternions.count else {
            throw Failure(
                "'\(positions)' has \(rows.count) frames, '\(place)' \(roots.count) and '\(turn)' \(quaternions.count)")
        }
        let places = try Self.places(joints, count: width, profile)
        // kmmctl writes root_quat, w first; GMR and PHC root_rot, w last.
        let isScalarLast = turn != "root_quat"
        if joints == nil {
            notes.append("joints in MuJoCo's order, quaternions \(isScalarLast ? "x, y, z, w" : "w, x, y, z")")
        }
        frames = rows.indices.map { Self.frame(roots[$0] + quaternions[$0] + rows[$0], places, profile, isScalarLast) }
    }

    /// BeyondMimic and mjlab: every body in the world, the root first, joints in IsaacLab's or MuJoCo's order.
    private mutating func readBodies(
        _ arrays: NPZ, _ bodies: String, _ turns: String, _ rows: [[Double]], _ width: Int, _ joints: [String]?,
        _ profile: RobotProfile
    ) throws {
        let (positions, positionWidth) = try Self.rows(arrays, bodies)
        let (quaternions, turnWidth) = try Self.rows(arrays, turns)
        guard positions.count == rows.count, quaternions.count == rows.count, positionWidth >= 3, turnWidth >= 4 else {
            throw Failure(
                "'\(bodies)' and '\(turns)' are not [frames, bodies, 3] and [frames, bodies, 4] for the joints' frames")
        }
        func frames(_ places: [Int?]) -> [RobotConfiguration] {
            rows.indices.map { index in
                Self.frame(
                    Array(positions[index][0..<3]) + quaternions[index][0..<4] + rows[index], places, profile, false)
            }
        }
        if joints != nil {
            self.frames = frames(try Self.places(joints, count: width, profile))
            return
        }
        let candidates = ["isaaclab", "mujoco"].compactMap { name in profile.targets[name].map { (name, $0.joints) } }
            .filter { $0.1.count == width }
        guard !candidates.isEmpty else {
            throw Failure("\(width) joints without names, and \(profile.name) has no order of so many")
        }
        let tree = try KinematicTree(profile)
        let workspace = KinematicWorkspace(tree)
        /// How far the bodies of the file are from the nearest of the robot, metres, over some frames.
        func misfit(_ frames: [RobotConfiguration]) -> Double {
            var sum = 0.0
            let step = max(frames.count / 10, 1)
            for index in stride(from: 0, to: frames.count, by: step) {
                workspace.update(frames[index])
                let own = tree.bodyNames.indices.map { workspace.pose(ofBody: $0).translation }
                for body in stride(from: 0, to: positionWidth - 2, by: 3) {
                    let place = Vector3(positions[index][body], positions[index][body + 1], positions[index][body + 2])
                    sum += own.map { ($0 - place).length }.min() ?? 0
                }
            }
            return sum
        }
        let tried = try candidates.map { name, order in
            (name, frames(try Self.places(order, count: width, profile)))
        }
        guard let best = tried.min(by: { misfit($0.1) < misfit($1.1) }) else { return }
        self.frames = best.1
        notes.append("joints are in the order of \(best.0), in which the bodies are where the file has them")
    }

    // MARK: Parts

    private static func rows(_ arrays: NPZ, _ name: String) throws -> ([[Double]], Int) {
        var shape = try arrays.array(name).shape
        let values = try arrays.doubles(name)
        if shape.count > 2, shape[0] == 1 { shape.removeFirst() }
        guard shape.count >= 2 else { throw Failure("'\(name)' has shape \(shape) instead of one row a frame") }
        let width = shape.dropFirst().reduce(1, *)
        return ((0..<shape[0]).map { Array(values[$0 * width..<($0 + 1) * width]) }, width)
    }

    /// For each of the profile's joints its place among those of the file; nil for one that the file does not move.
    private static func places(_ names: [String]?, count: Int, _ profile: RobotProfile) throws -> [Int?] {
        let own = profile.jointNames
        let order: [String]
        if let names {
            order = names
        } else if let mujoco = profile.targets["mujoco"]?.joints, mujoco.count == count {
            order = mujoco
        } else if own.count == count {
            order = own
        } else {
            throw Failure(
                "\(count) joints without names, and \(profile.name) has \(own.count): another --from-robot, or an array "
                    + "'joint_names', says which they are")
        }
        guard order.count == count else { throw Failure("\(order.count) names for \(count) joints") }
        if let stranger = order.first(where: { !own.contains($0) }) {
            throw Failure("\(profile.name) has no joint '\(stranger)', only \(own.prefix(40).joined(separator: ", "))")
        }
        return own.map { order.firstIndex(of: $0) }
    }

    private static func frame(
        _ row: [Double], _ places: [Int?], _ profile: RobotProfile, _ isScalarLast: Bool
    ) -> RobotConfiguration {
        let q = Array(row[3..<7])
        let rotation =
            isScalarLast
            ? Quaternion(w: q[3], x: q[0], y: q[1], z: q[2]) : Quaternion(w: q[0], x: q[1], y: q[2], z: q[3])
        return RobotConfiguration(
            rootPosition: Vector3(row[0], row[1], row[2]), rootRotation: rotation,
            jointPositions: places.map { $0.map { row[7 + $0] } ?? 0 })
    }

    /// Whether quaternions end with w: the order in which the robot is upright more often; LAFAN1's when both are.
    private static func isScalarLast(_ quaternions: [[Double]]) -> Bool {
        func upright(_ w: Int, _ x: Int, _ y: Int, _ z: Int) -> Double {
            quaternions.reduce(0) { sum, q in
                sum + Quaternion(w: q[w], x: q[x], y: q[y], z: q[z]).normalized.act(Vector3(0, 0, 1)).z
            }
        }
        return upright(3, 0, 1, 2) >= upright(0, 1, 2, 3) - 0.05 * Double(quaternions.count)
    }
}
