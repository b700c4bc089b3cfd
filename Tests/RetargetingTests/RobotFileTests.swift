import Foundation
import Geometry
import HumanBody
import HumanMotion
import Retargeting
import Robots
import Tensors
import Testing

@Suite("Motions of robots from files")
struct RobotFileTests {
    private static func file(_ ending: String, _ write: (String) throws -> Void) throws -> String {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).\(ending)").path
        try write(path)
        return path
    }

    private static func motion() throws -> (RobotMotion, RobotProfile, HumanClip) {
        let profile = try loadG1()
        let clip = try cmuClip("walk")
        return (try Retargeter(profile).retarget(clip), profile, clip)
    }

    @Test(
        "tables of LAFAN1 and Kimodo, arrays of GMR, BeyondMimic and kmmctl give the configurations that were written")
    func layouts() throws {
        let (motion, profile, _) = try Self.motion()
        let configurations = motion.frames.map(\.configuration)
        let order = try #require(profile.targets["mujoco"]).joints
        let own = profile.jointNames
        let places = order.compactMap { own.firstIndex(of: $0) }
        func check(_ path: String, _ word: String, line: Int = #line) throws {
            defer { try? FileManager.default.removeItem(atPath: path) }
            let read = try RobotMotionFile(path: path, profile: profile)
            #expect(read.frames.count == configurations.count)
            #expect(word.isEmpty || read.notes.joined().contains(word), "\(read.notes)")
            for (a, b) in zip(read.frames, configurations) {
                #expect((a.rootPosition - b.rootPosition).length < 1e-5)
                #expect((a.rootRotation * b.rootRotation.conjugate).angle < 1e-3)
                #expect(zip(a.jointPositions, b.jointPositions).allSatisfy { abs($0 - $1) < 1e-5 }, "line \(line)")
            }
        }
        func table(_ isScalarLast: Bool) -> String {
            configurations.map { c in
                let (p, q) = (c.rootPosition, c.rootRotation)
                let turn = isScalarLast ? [q.x, q.y, q.z, q.w] : [q.w, q.x, q.y, q.z]
                return ([p.x, p.y, p.z] + turn + places.map { c.jointPositions[$0] })
                    .map { String(format: "%.7f", $0) }.joined(separator: ",")
            }.joined(separator: "\n") + "\n"
        }
        try check(Self.file("csv") { try table(true).write(toFile: $0, atomically: true, encoding: .utf8) }, "LAFAN1")
        try check(Self.file("csv") { try table(false).write(toFile: $0, atomically: true, encoding: .utf8) }, "Kimodo")
        let count = configurations.count
        func array(_ width: Int, _ values: [Double]) -> NPYArray { NPYArray(shape: [count, width], .float64(values)) }
        let roots = array(3, configurations.flatMap { [$0.rootPosition.x, $0.rootPosition.y, $0.rootPosition.z] })
        let gmr = NPZ([
            "fps": NPYArray(30), "root_pos": roots,
            "root_rot": array(
                4,
                configurations.flatMap { [$0.rootRotation.x, $0.rootRotation.y, $0.rootRotation.z, $0.rootRotation.w] }),
            "dof_pos": array(order.count, configurations.flatMap { c in places.map { c.jointPositions[$0] } }),
        ])
        try check(Self.file("npz") { try gmr.write(path: $0) }, "MuJoCo")
        try check(Self.file("npz") { try motion.npz.write(path: $0) }, "")
        let isaac = try #require(profile.targets["isaaclab"]).joints.compactMap { own.firstIndex(of: $0) }
        let tree = try KinematicTree(profile)
        let workspace = KinematicWorkspace(tree)
        var (positions, turns): ([Double], [Double]) = ([], [])
        for configuration in configurations {
            workspace.update(configuration)
            for body in tree.bodyNames.indices {
                let pose = workspace.pose(ofBody: body)
                positions += [pose.translation.x, pose.translation.y, pose.translation.z]
                turns += [pose.rotation.w, pose.rotation.x, pose.rotation.y, pose.rotation.z]
            }
        }
        let bodies = tree.bodyNames.count
        let mimic = NPZ([
            "fps": NPYArray(shape: [1], .float64([30])),
            "joint_pos": array(isaac.count, configurations.flatMap { c in isaac.map { c.jointPositions[$0] } }),
            "body_pos_w": NPYArray(shape: [count, bodies, 3], .float64(positions)),
            "body_quat_w": NPYArray(shape: [count, bodies, 4], .float64(turns)),
        ])
        try check(Self.file("npz") { try mimic.write(path: $0) }, "isaaclab")
    }

    @Test("a robot's motion read as a person's is the person's whose motion it is, and goes back to the robot")
    func roundTrip() throws {
        let (motion, profile, clip) = try Self.motion()
        let path = try Self.file("npz") { try motion.npz.write(path: $0) }
        defer { try? FileManager.default.removeItem(atPath: path) }
        let read = try RobotMotionFile(path: path, profile: profile)
        let human = try MotionFile(HumanReading(profile).clip(read), notes: read.notes, path: path).clip
        #expect(human.frames.count == clip.frames.count)
        var angles: [Double] = []
        for (a, b) in zip(clip.frames, human.frames) {
            let (p, q) = (SMPLSkeleton.forwardKinematics(a), SMPLSkeleton.forwardKinematics(b))
            for (start, end) in HumanLimb.all.flatMap(\.segments) {
                let (one, other) = (
                    p[end].translation - p[start].translation, q[end].translation - q[start].translation
                )
                angles.append(atan2(one.cross(other).length, one.dot(other)) * 180 / .pi)
            }
        }
        #expect(angles.reduce(0, +) / Double(angles.count) < 12)
        let again = try Retargeter(profile).retarget(human)
        var squares: [Double] = []
        for (a, b) in zip(motion.frames, again.frames) {
            squares += zip(a.configuration.jointPositions, b.configuration.jointPositions).map { ($0 - $1) * ($0 - $1) }
        }
        #expect((squares.reduce(0, +) / Double(squares.count)).squareRoot() < 0.2)
    }

    @Test("another robot, wrong widths and words are refused with what would be right")
    func refusals() throws {
        let profile = try loadG1()
        func refusal(_ text: String) throws -> String {
            let path = try Self.file("csv") { try text.write(toFile: $0, atomically: true, encoding: .utf8) }
            defer { try? FileManager.default.removeItem(atPath: path) }
            do {
                _ = try RobotMotionFile(path: path, profile: profile)
                return ""
            } catch { return "\(error)" }
        }
        let row = ["0", "0", "0.8", "0", "0", "0", "1"] + Array(repeating: "0", count: 23)
        #expect(try refusal(row.joined(separator: ",") + "\n").contains("23 joints"))
        #expect(try refusal("1,2,3\n").contains("root"))
        #expect(try refusal("0,0,0,0,0,0,1,0\n0,0\n").contains("line 2"))
        #expect(try refusal("Frame,root_translateX,x,y,z,a,b,c\n0,0,0,0,0,0,1,0\n").contains("metres and radians"))
        #expect(try refusal("").contains("no frames"))
    }
}
