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
    /// The pose of rest, which is that of another file where one is given.
    private let rest: RestPose
    private let bvh: BVH
    /// A skeleton that is known and whose rest pose says nothing.
    private let known: KnownSkeleton?
    /// Thigh and shank, mean of both sides, metres.
    let legLength: Double
    /// The world's up axis as far as the rest pose, or else the format, tells it.
    private(set) var usualUp = WorldAxis.y
    /// From the rest pose's axes to SMPL's; nil when the rest pose is no T or A pose.
    private var restAxes: Quaternion?
    /// What was found out and may be wrong.
    private(set) var notes: [String] = []

    private static let sampleCount = 400
    /// A foot slopes from ankle to toes by as much in a rest pose that stands on its soles, radians.
    private static let flatSlopes = 0.15...1.15
    /// Joint frames are drawn along their bones to within this: cosine of 15 degrees.
    private static let alongFrame = 0.966

    init(_ bvh: BVH, _ map: SkeletonMap, rest given: RestPose? = nil) throws(SMPLConversion.Failure) {
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
        rest = given ?? RestPose(bvh)
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
        restAxes = rest.axes(map)
        known = restAxes == nil ? KnownSkeleton.known(bvh, map) : nil
        if let restAxes {
            usualUp = WorldAxis(nearest: restAxes.conjugate.act(Vector3(0, 1, 0)))
        } else if let known {
            notes.append("the skeleton is that of \(known.name)")
        } else {
            notes.append(
                "the rest pose is no T or A pose: joint axes are found from the motion; --rest gives a file in the T pose"
            )
        }
    }

    // MARK: Conversion

    /// The world's up axis.
    func up(given: WorldAxis?) -> UpAxis {
        let prior: UpAxis.Prior
        if restAxes != nil {
            var points = [WorldAxis.y: 0.5, .z: 0.5]
            points[usualUp] = 1.5
            prior = UpAxis.Prior(points: points, source: "the rest pose", usual: .y)
        } else if let known {
            prior = UpAxis.Prior(points: [.y: 1.5, .z: 0.5], source: known.name, usual: .y)
        } else {
            prior = UpAxis.Prior(points: [.y: 1, .z: 0.7], source: "the usual BVH", usual: .y)
        }
        return UpAxis(track, prior: prior, given: given)
    }

    /// Where the joints go.
    private var track: BodyTrack {
        BodyTrack(count: bvh.frameCount, rate: bvh.frameRate) { index in
            let pose = bvh.worldPoses(frame: index)
            return HumanJoint.allCases.map { part in
                map.joint(part).map { pose[$0].translation }
                    ?? (part == .leftWrist || part == .rightWrist ? position(pose, part) : nil)
            }
        }
    }

    /// The way of the motion, with an axis as up.
    func conversion(up: WorldAxis, front: WorldAxis? = nil) -> SMPLConversion {
        let turn = worldTurn(up: up, front: front)
        let alignments = restAxes.map(alignmentsFromRest) ?? known.map(alignments) ?? alignmentsFromMotion(up.direction)
        var sources = HumanJoint.allCases.map { part in
            SMPLConversion.Source(part: source(part), alignment: alignments[part])
        }
        for side in Side.both {
            guard known == nil else { continue }
            let (ankle, toe) = alignmentsOfFoot(side, up: up.direction)
            sources[side.ankle].alignment = ankle
            sources[side.toe].alignment = map.parts[side.toe] == nil ? ankle : toe
        }
        return SMPLConversion(
            bvh, sources: sources, hips: (source(.leftHip).joint, source(.rightHip).joint),
            scale: SMPLSkeleton.legLength / legLength, world: turn)
    }

    /// From the file's world to y up; the way the rest pose faces comes to lie along z when it stands in the same world.
    func worldTurn(up: WorldAxis, front: WorldAxis?) -> Quaternion {
        if front == nil, let restAxes, (restAxes.conjugate.act(Vector3(0, 1, 0)) - up.direction).length < 1e-6 {
            return restAxes
        }
        return up.turnToYUp(front: front)
    }

    /// The joint that turns an SMPL joint: its own, or that of the next one inwards which has one.
    private func source(_ part: HumanJoint) -> SkeletonMap.Part {
        map.parts[part] ?? part.parent.map(source) ?? .init(joint: 0)
    }

    // MARK: Rest pose

    private func alignmentsFromRest(_ axes: Quaternion) -> [Quaternion] {
        var alignments = HumanJoint.allCases.map { rest.rotations[source($0).turning].conjugate * axes.conjugate }
        for (part, end) in HumanLimb.all.flatMap(\.segments) {
            let bone = axes.act(rest.position(end, map, bvh) - rest.position(part, map, bvh))
            let swing = Quaternion(from: SMPLSkeleton.offsets[end], to: bone)
            alignments[part] = alignments[part] * swing
            // At rest a hand goes on as its forearm does.
            if part == end.side?.elbow { alignments[end] = alignments[end] * swing }
        }
        return alignments
    }

    private func alignments(_ known: KnownSkeleton) -> [Quaternion] {
        var alignments = HumanJoint.allCases.map { known.axes($0).rotation }
        for (part, end) in HumanLimb.all.flatMap(\.segments) {
            let bone = alignments[part].conjugate.act(direction(part, end))
            alignments[part] = alignments[part] * Quaternion(from: SMPLSkeleton.offsets[end], to: bone)
        }
        return alignments
    }

    // MARK: Motion

    private func alignmentsFromMotion(_ up: Vector3) -> [Quaternion] {
        var alignments = SMPLSkeleton.restRotations
        let (x, y) = (Vector3(1, 0, 0), Vector3(0, 1, 0))
        let across = poses.map { (position($0, .leftHip) - position($0, .rightHip)).normalized }
        let shoulders = poses.map { (position($0, .leftShoulder) - position($0, .rightShoulder)).normalized }
        let trunk = poses.map { (middle($0, \.shoulder) - middle($0, \.hip)).normalized }
        // On the whole, a trunk is straight and a head looks where the chest does.
        alignments[.pelvis] = Quaternion(
            carrying: x, y, onto: snapped(local(.pelvis, across)), snapped(local(.pelvis, trunk)))
        for part in [HumanJoint.spine1, .spine2] {
            alignments[part] = Quaternion(
                carrying: y, x, onto: snapped(local(part, trunk)), snapped(local(part, across)))
        }
        for part in [HumanJoint.spine3, .neck, .head] {
            alignments[part] = Quaternion(
                carrying: y, x, onto: snapped(local(part, trunk)), snapped(local(part, shoulders)))
        }
        for side in Side.both {
            let bends = hinge(side.leg) ?? across
            for (part, end) in side.leg.segments {
                alignments[part] = Quaternion(
                    carrying: SMPLSkeleton.offsets[end], x, onto: direction(part, end), snapped(local(part, bends)))
            }
            let (collar, shoulder, wrist) = (side.collar, side.shoulder, side.wrist)
            if map.parts[collar] != nil {
                alignments[collar] = Quaternion(
                    carrying: SMPLSkeleton.offsets[shoulder], y, onto: direction(collar, shoulder), local(collar, trunk)
                )
            } else {
                alignments[collar] = alignments[.spine3]
            }
            let axis = Vector3(0, -side.sign, 0)
            let turns = hinge(side.arm) ?? straightArm(side, trunk, shoulders, axis)
            for (part, end) in side.arm.segments {
                alignments[part] = Quaternion(
                    carrying: SMPLSkeleton.offsets[end], axis, onto: direction(part, end), snapped(local(part, turns)))
            }
            let forearm = poses.map { (position($0, wrist) - position($0, side.elbow)).normalized }
            alignments[wrist] = Quaternion(
                carrying: SMPLSkeleton.offsets[wrist], axis, onto: snapped(local(wrist, forearm)),
                snapped(local(wrist, turns)))
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
                Quaternion(carrying: Vector3(0, 1, 0), Vector3(1, 0, 0), onto: trunk[index], across[index])
            let arm = (position(poses[index], side.elbow) - position(poses[index], side.shoulder)).normalized
            return Quaternion(from: chest.act(SMPLSkeleton.offsets[side.elbow]), to: arm).act(chest.act(axis))
        }
    }

    // MARK: Feet

    /// Alignments of ankle and toe joint, so that a standing foot is flat and points where its toes do.
    private func alignmentsOfFoot(_ side: Side, up: Vector3) -> (ankle: Quaternion, toe: Quaternion) {
        let (ankle, toe) = (side.ankle, side.toe)
        let outward = SMPLSkeleton.offsets[toe]
        let y = Vector3(0, 1, 0)
        let left = poses.map { position($0, .leftHip) - position($0, .rightHip) }
        let ahead = footBone(side) ?? facing(ankle) ?? local(ankle, left.map { $0.cross(up) })
        let stands = standingPoses(side, up)
        func sole(_ part: HumanJoint, _ usual: Vector3) -> Vector3 {
            guard stands.count >= 5 else { return usual }
            let measured = stands.reduce(Vector3.zero) { sum, pose in
                sum + pose[source(part).turning].rotation.conjugate.act(up)
            }.normalized
            return measured.dot(usual) > 0.75 ? measured : usual
        }
        // A rest pose that stands on its soles shows them; else they are where they stand in the motion.
        let (usual, isSure) = usualSole(side, ahead, left)
        let soleUp = isSure ? usual : sole(ankle, usual)
        let flat = Quaternion(carrying: y, outward, onto: soleUp, ahead)
        guard map.parts[toe] != nil else { return (flat, flat) }
        if isSure {
            let foot = rest.rotations[source(ankle).turning]
            let toes = rest.rotations[source(toe).turning].conjugate * foot
            return (flat, toes * flat)
        }
        let foot = source(ankle).turning
        let carried = local(toe, poses.map { $0[foot].rotation.act(ahead) })
        let toeUp = sole(toe, local(toe, poses.map { $0[foot].rotation.act(soleUp) }))
        return (flat, Quaternion(carrying: y, outward, onto: toeUp, carried))
    }

    /// From ankle to toes in the ankle's frame; nil when there is nothing that tells: no toe joint, and an end site that is none or
    /// lies down the shin.
    private func footBone(_ side: Side) -> Vector3? {
        if map.parts[side.toe] != nil { return direction(side.ankle, side.toe) }
        guard let end = bvh.joints[source(side.ankle).joint].endSite, end.length > 0.04 * legLength else { return nil }
        let shin = direction(side.knee, side.ankle)
        let inFoot = local(side.ankle, poses.map { $0[source(side.knee).turning].rotation.act(shin) })
        return end.normalized.dot(inFoot) < 0.95 ? end.normalized : nil
    }

    /// The way the rest pose faces, in a part's frame.
    private func facing(_ part: HumanJoint) -> Vector3? {
        restAxes.map { rest.rotations[source(part).turning].conjugate.act($0.conjugate.act(Vector3(0, 0, 1))) }
    }

    /// Up from the sole in the ankle's frame, as the rest pose or the slope of SMPL's foot has it, and whether the rest pose shows it.
    private func usualSole(_ side: Side, _ ahead: Vector3, _ left: [Vector3]) -> (up: Vector3, isSure: Bool) {
        let y = Vector3(0, 1, 0)
        let outward = SMPLSkeleton.offsets[side.toe]
        let slope = atan2(-outward.y, (outward.x * outward.x + outward.z * outward.z).squareRoot())
        guard let restAxes else {
            let bend = local(side.ankle, left)
            return (Quaternion(angle: -slope, axis: bend).act((-bend.cross(ahead)).normalized), false)
        }
        // The rest pose with its shin upright.
        let shin = restAxes.act(rest.position(side.ankle, map, bvh) - rest.position(side.knee, map, bvh))
        let straight = Quaternion(from: -y, to: shin)
        let toFoot = rest.rotations[source(side.ankle).turning].conjugate * restAxes.conjugate * straight
        let bone = toFoot.conjugate.act(ahead)
        let fall = atan2(-bone.y, (bone.x * bone.x + bone.z * bone.z).squareRoot())
        guard footBone(side) != nil, !Self.flatSlopes.contains(fall) else { return (toFoot.act(y), true) }
        // Turned about the foot's own axis until it slopes as SMPL's does.
        let axis = Vector3(0, 1, 0).cross(bone)
        guard axis.length > 1e-3 else { return (toFoot.act(y), false) }
        return (toFoot.act(Quaternion(angle: fall - slope, axis: axis).act(y)), false)
    }

    /// Poses in which a foot is low and both its ends are still.
    private func standingPoses(_ side: Side, _ up: Vector3) -> [[RigidTransform]] {
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
        let joint = source(part).turning
        var sum = Vector3.zero
        for (pose, vector) in zip(poses, vectors) { sum += pose[joint].rotation.conjugate.act(vector) }
        return normalized ? sum.normalized : sum
    }

    /// The axis of the joint's frame that a direction means, where it lies near one: frames are drawn along bones and hinges, and
    /// what a part of a motion shows of them is only nearly so.
    private func snapped(_ direction: Vector3) -> Vector3 {
        let axis = direction.alongAxis
        return axis.dot(direction.normalized) > Self.alongFrame ? axis : direction
    }
}
