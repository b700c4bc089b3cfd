import Geometry
import HumanBody

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Finds how the joint frames of any skeleton lie to SMPL's, from its rest pose or, where that is no T or A pose (bones along
/// one axis, as in LAFAN1), from the motion: where bones point, how knees and elbows bend, where soles lie while they stand.
struct SkeletonFit {
    private let map: SkeletonMap
    /// World poses of some frames.
    private let poses: [[RigidTransform]]
    private let frameTime: Double
    /// World positions with all rotations at zero.
    private let rest: [Vector3]
    private let bvh: BVH
    /// Thigh and shank, mean of both sides, metres.
    let legLength: Double
    /// Direction of the world's up axis in the file.
    private(set) var up = Vector3(0, 1, 0)
    /// From the rest pose's axes to SMPL's; nil when the rest pose is no T or A pose.
    private var restAxes: Quaternion?
    /// What was found out and may be wrong.
    private(set) var notes: [String] = []

    private static let sampleCount = 400
    private static let axes = [0, 1, 2].flatMap { axis in
        [1.0, -1].map { sign in
            var direction = Vector3.zero
            direction[axis] = sign
            return direction
        }
    }

    init(_ bvh: BVH, _ map: SkeletonMap) throws(SMPLConversion.Failure) {
        guard bvh.frameCount > 0 else { throw .noFrames }
        self.bvh = bvh
        self.map = map
        // Neighbours in pairs, for speeds.
        let step = max(bvh.frameCount / (Self.sampleCount / 2), 1)
        var frames: [Int] = []
        for frame in stride(from: 0, to: bvh.frameCount, by: step) {
            frames.append(frame)
            if step > 1, frame + 1 < bvh.frameCount { frames.append(frame + 1) }
        }
        poses = frames.map { bvh.worldPoses(frame: $0) }
        frameTime = bvh.frameTime
        rest = Self.restPositions(bvh)
        let first = poses[0]
        func length(_ a: HumanJoint, _ b: HumanJoint) throws(SMPLConversion.Failure) -> Double {
            guard let start = map.joint(a), let end = map.joint(b) else { return 0 }
            let length = (first[end].translation - first[start].translation).length
            guard length > 1e-6 else { throw .nullBone(bvh.joints[end].name) }
            return length
        }
        for (start, end) in Side.both.flatMap(\.arm.segments) { _ = try length(start, end) }
        var legs = 0.0
        for (start, end) in Side.both.flatMap(\.leg.segments) { legs += try length(start, end) }
        legLength = legs / 2
        findAxes()
    }

    // MARK: Conversion

    func conversion() -> SMPLConversion {
        let world = Quaternion(from: up, to: Vector3(0, 1, 0))
        var turn = world
        if let restAxes, (restAxes.conjugate.act(Vector3(0, 1, 0)) - up).length < 1e-6 { turn = restAxes }
        let alignments = restAxes.map(alignmentsFromRest) ?? alignmentsFromMotion()
        var sources = HumanJoint.allCases.map { part in
            SMPLConversion.Source(part: source(part), alignment: alignments[part])
        }
        for side in Side.both {
            let (ankle, toe) = alignmentsOfFoot(side, rest: restAxes)
            sources[side.ankle].alignment = ankle
            sources[side.toe].alignment = map.parts[side.toe] == nil ? ankle : toe
        }
        return SMPLConversion(
            bvh, sources: sources, hips: (source(.leftHip).joint, source(.rightHip).joint),
            scale: SMPLSkeleton.legLength / legLength, world: turn)
    }

    /// The joint that turns an SMPL joint: its own, or that of the next one inwards which has one.
    private func source(_ part: HumanJoint) -> SkeletonMap.Part {
        map.parts[part] ?? part.parent.map(source) ?? .init(joint: 0)
    }

    // MARK: Axes

    private static func restPositions(_ bvh: BVH) -> [Vector3] {
        var positions: [Vector3] = []
        let first = bvh.worldPoses(frame: 0)
        for (index, joint) in bvh.joints.enumerated() {
            guard joint.parent >= 0 else {
                positions.append(.zero)
                continue
            }
            // Bones as they are in the motion, for files that give positions to every joint.
            let parent = first[joint.parent]
            positions.append(
                positions[joint.parent] + parent.rotation.conjugate.act(first[index].translation - parent.translation))
        }
        return positions
    }

    private mutating func findAxes() {
        restAxes = tPoseAxes()
        let usual = restAxes.map { Self.nearestAxis($0.conjugate.act(Vector3(0, 1, 0))) } ?? Vector3(0, 1, 0)
        up = usual
        let trunks = poses.map { pose in
            (middle(pose, \.shoulder) - middle(pose, \.ankle)).normalized
        }
        func share(_ axis: Vector3) -> Double {
            Double(trunks.count(where: { $0.dot(axis) > 0.7 })) / Double(trunks.count)
        }
        if share(usual) < 0.05, let other = Self.axes.first(where: { share($0) > 0.9 }) {
            up = other
        }
        if (up - Vector3(0, 1, 0)).length > 1e-6 {
            let name =
                "\(up.dot(Vector3(1, 1, 1)) < 0 ? "-" : "")\(["x", "y", "z"][abs(up.x) > 0.5 ? 0 : abs(up.y) > 0.5 ? 1 : 2])"
            notes.append("\(name) is taken as up")
        }
        if restAxes == nil { notes.append("the rest pose is no T or A pose: joint axes are found from the motion") }
    }

    private static func nearestAxis(_ direction: Vector3) -> Vector3 {
        axes.max { $0.dot(direction) < $1.dot(direction) } ?? direction
    }

    /// The rotation from the rest pose to SMPL's axes (left x, up y, ahead z), when the rest pose stands straight, arms to the
    /// sides, hanging or between.
    private func tPoseAxes() -> Quaternion? {
        func at(_ part: HumanJoint) -> Vector3? { map.joint(part).map { rest[$0] } }
        func line(_ a: HumanJoint, _ b: HumanJoint) -> Vector3? {
            guard let start = at(a), let end = at(b), (end - start).length > 1e-6 else { return nil }
            return (end - start).normalized
        }
        guard let across = line(.rightHip, .leftHip), let leftThigh = line(.leftHip, .leftKnee),
            let rightThigh = line(.rightHip, .rightKnee), let leftShank = line(.leftKnee, .leftAnkle),
            let rightShank = line(.rightKnee, .rightAnkle), let leftArm = line(.leftShoulder, .leftElbow),
            let rightArm = line(.rightShoulder, .rightElbow), let shoulders = line(.rightShoulder, .leftShoulder)
        else { return nil }
        let thighs = leftThigh + rightThigh
        guard thighs.length > 1.6 else { return nil }
        let up = Self.nearestAxis(-thighs.normalized)
        let left = (across - up * across.dot(up)).normalized
        guard leftThigh.dot(leftShank) > 0.8, rightThigh.dot(rightShank) > 0.8, shoulders.dot(left) > 0.7,
            let trunk = line(.pelvis, .leftShoulder), trunk.dot(up) > 0.6
        else { return nil }
        for (arm, side) in [(leftArm, 1.0), (rightArm, -1)] {
            guard arm.dot(left) * side > 0.3 || arm.dot(up) < -0.8 else { return nil }
        }
        return Quaternion(Matrix3(rows: left, up, left.cross(up)))
    }

    // MARK: Rest pose

    private func alignmentsFromRest(_ axes: Quaternion) -> [Quaternion] {
        var alignments = [Quaternion](repeating: axes.conjugate, count: HumanJoint.count)
        for (part, end) in HumanLimb.all.flatMap(\.segments) {
            let bone = axes.act(direction(part, end))
            alignments[part] = axes.conjugate * Quaternion(from: SMPLSkeleton.offsets[end], to: bone)
        }
        return alignments
    }

    // MARK: Motion

    private func alignmentsFromMotion() -> [Quaternion] {
        var alignments = SMPLSkeleton.restRotations
        let (x, y) = (Vector3(1, 0, 0), Vector3(0, 1, 0))
        let across = poses.map { (position($0, .leftHip) - position($0, .rightHip)).normalized }
        let shoulders = poses.map { (position($0, .leftShoulder) - position($0, .rightShoulder)).normalized }
        let trunk = poses.map { (middle($0, \.shoulder) - middle($0, \.hip)).normalized }
        // On the whole, a trunk is straight and a head looks where the chest does.
        alignments[.pelvis] = Self.align(x, y, with: local(.pelvis, across), local(.pelvis, trunk))
        for part in [HumanJoint.spine1, .spine2] {
            alignments[part] = Self.align(y, x, with: local(part, trunk), local(part, across))
        }
        for part in [HumanJoint.spine3, .neck, .head] {
            alignments[part] = Self.align(y, x, with: local(part, trunk), local(part, shoulders))
        }
        for side in Side.both {
            let bends = hinge(side.leg) ?? across
            for (part, end) in side.leg.segments {
                alignments[part] = Self.align(
                    SMPLSkeleton.offsets[end], x, with: direction(part, end), local(part, bends))
            }
            let (collar, shoulder, wrist) = (side.collar, side.shoulder, side.wrist)
            if map.parts[collar] != nil {
                alignments[collar] = Self.align(
                    SMPLSkeleton.offsets[shoulder], y, with: direction(collar, shoulder), local(collar, trunk))
            } else {
                alignments[collar] = alignments[.spine3]
            }
            let axis = Vector3(0, -side.sign, 0)
            let turns = hinge(side.arm) ?? straightArm(side, trunk, shoulders, axis)
            for (part, end) in side.arm.segments {
                alignments[part] = Self.align(
                    SMPLSkeleton.offsets[end], axis, with: direction(part, end), local(part, turns))
            }
            let forearm = poses.map { (position($0, wrist) - position($0, side.elbow)).normalized }
            alignments[wrist] = Self.align(
                SMPLSkeleton.offsets[wrist], axis, with: local(wrist, forearm), local(wrist, turns))
        }
        return alignments
    }

    /// The axis about which the middle joint bends, in the world, longer the more it bends; nil when it stays straight.
    private func hinge(_ limb: HumanLimb) -> [Vector3]? {
        let axes = poses.map { pose in
            let bend = (position(pose, limb.bend) - position(pose, limb.root)).normalized
            return bend.cross((position(pose, limb.end) - position(pose, limb.bend)).normalized)
        }
        let sum = local(limb.root, axes, normalized: false)
        return sum.length > 0.1 * Double(poses.count) ? axes : nil
    }

    /// The axis of an elbow that never bends: that of the T pose, carried along by the shortest way.
    private func straightArm(
        _ side: Side, _ trunk: [Vector3], _ across: [Vector3], _ axis: Vector3
    ) -> [Vector3] {
        poses.indices.map { index in
            let chest =
                Self.frame(trunk[index], across[index]) * Self.frame(Vector3(0, 1, 0), Vector3(1, 0, 0)).conjugate
            let arm = (position(poses[index], side.elbow) - position(poses[index], side.shoulder)).normalized
            return Quaternion(from: chest.act(SMPLSkeleton.offsets[side.elbow]), to: arm).act(chest.act(axis))
        }
    }

    // MARK: Feet

    /// Alignments of ankle and toe joint, so that a standing foot is flat and points where its toes do.
    private func alignmentsOfFoot(_ side: Side, rest axes: Quaternion?) -> (ankle: Quaternion, toe: Quaternion) {
        let (knee, ankle, toe) = (side.knee, side.ankle, side.toe)
        let y = Vector3(0, 1, 0)
        let outward = SMPLSkeleton.offsets[toe]
        let hasToe = map.parts[toe] != nil || bvh.joints[source(ankle).joint].endSite != nil
        let ahead: Vector3
        if hasToe {
            ahead = direction(ankle, toe)
        } else {
            let left = poses.map { position($0, .leftHip) - position($0, .rightHip) }
            ahead = local(ankle, left.map { $0.cross(up) })
        }
        let stands = standingPoses(side)
        func sole(_ part: HumanJoint, _ usual: Vector3) -> Vector3 {
            guard stands.count >= 5 else { return usual }
            let measured = stands.reduce(Vector3.zero) { sum, pose in
                sum + pose[source(part).joint].rotation.conjugate.act(up)
            }.normalized
            return measured.dot(usual) > 0.75 ? measured : usual
        }
        // Without standing frames: level in the rest pose with the shin upright, else sloped as SMPL's foot is.
        let usual: Vector3
        if let axes {
            let straight = Quaternion(from: -y, to: axes.act(direction(knee, ankle)))
            usual = axes.conjugate.act(straight.act(y))
        } else {
            let bend = local(ankle, poses.map { position($0, .leftHip) - position($0, .rightHip) })
            let slope = atan2(-outward.y, (outward.x * outward.x + outward.z * outward.z).squareRoot())
            usual = Quaternion(angle: -slope, axis: bend).act((-bend.cross(ahead)).normalized)
        }
        let soleUp = sole(ankle, usual)
        let flat = Self.align(y, outward, with: soleUp, ahead)
        guard map.parts[toe] != nil else { return (flat, flat) }
        let foot = source(ankle).joint
        let carried = local(toe, poses.map { $0[foot].rotation.act(ahead) })
        let toeUp = sole(toe, local(toe, poses.map { $0[foot].rotation.act(soleUp) }))
        return (flat, Self.align(y, outward, with: toeUp, carried))
    }

    /// Poses in which a foot is low and both its ends are still.
    private func standingPoses(_ side: Side) -> [[RigidTransform]] {
        let limit = 0.3 * legLength * frameTime
        let heights = poses.map { position($0, side.ankle).dot(up) }
        let low = heights.sorted()[heights.count / 10] + 0.06 * legLength
        return poses.indices.dropLast().filter { index in
            heights[index] < low
                && [side.ankle, side.toe].allSatisfy { part in
                    (position(poses[index + 1], part) - position(poses[index], part)).length < limit
                }
        }.map { poses[$0] }
    }

    // MARK: Geometry

    private func middle(_ pose: [RigidTransform], _ part: (Side) -> HumanJoint) -> Vector3 {
        (position(pose, part(.left)) + position(pose, part(.right))) / 2
    }

    private func position(_ pose: [RigidTransform], _ part: HumanJoint) -> Vector3 {
        if let joint = map.joint(part) { return pose[joint].translation }
        // A limb's end without a joint of its own: the end site of the joint before.
        guard let parent = part.parent else { return pose[0].translation }
        guard let joint = map.joint(parent) else { return position(pose, parent) }
        return pose[joint].act(bvh.joints[joint].endSite ?? .zero)
    }

    /// Unit direction of the bone from one part to the next, in the first one's frame.
    private func direction(_ part: HumanJoint, _ end: HumanJoint) -> Vector3 {
        local(part, poses.map { position($0, end) - position($0, part) })
    }

    /// The mean of world vectors as seen from a part's joint.
    private func local(_ part: HumanJoint, _ vectors: [Vector3], normalized: Bool = true) -> Vector3 {
        let joint = source(part).joint
        var sum = Vector3.zero
        for (pose, vector) in zip(poses, vectors) { sum += pose[joint].rotation.conjugate.act(vector) }
        return normalized ? sum.normalized : sum
    }

    /// The rotation that carries `first` onto `firstThere`, and `second` as near as it goes to `secondThere`.
    private static func align(
        _ first: Vector3, _ second: Vector3, with firstThere: Vector3, _ secondThere: Vector3
    ) -> Quaternion {
        frame(firstThere, secondThere) * frame(first, second).conjugate
    }

    private static func frame(_ first: Vector3, _ second: Vector3) -> Quaternion {
        let a = first.normalized
        var b = second - a * second.dot(a)
        if b.length < 1e-6 {
            b = abs(a.x) < 0.7 ? Vector3(1, 0, 0) : Vector3(0, 1, 0)
            b -= a * b.dot(a)
        }
        let c = b.normalized
        return Quaternion(Matrix3(columns: a, c, a.cross(c)))
    }
}
