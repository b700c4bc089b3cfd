import Geometry
import HumanBody
import Tensors

extension MotionFile {
    /// Units of BVH files in use; 5.64 cm is that of CMU's own skeletons (an inch over 0.45).
    private static let units = [
        ("metres", 1.0), ("centimetres", 0.01), ("millimetres", 0.001), ("inches", 0.0254),
        ("CMU units", 0.0254 / 0.45),
    ]
    /// Thigh and shank of a person, metres.
    private static let legs = 0.5...1.15

    /// The motion in metres, with its parts.
    static func bvh(_ path: String, _ options: Options) throws -> (BVH, SkeletonMap, [String]) {
        var bvh = try BVH(FileBytes.contents(of: path, atMost: options.greatestSize), metresPerUnit: 1)
        let map = try SkeletonMap(bvh, overrides: options.map)
        let leg = try SkeletonFit(bvh, map).legLength
        var notes = bvh.notes
        if bvh.isMirrored(map) {
            bvh.mirror()
            notes.append(BVH.mirrorNote)
        }
        if let unit = options.metresPerUnit {
            bvh.scale(by: unit)
        } else if let (name, unit) = units.first(where: { legs.contains(leg * $0.1) }) {
            bvh.scale(by: unit)
            if unit != 0.01 {
                notes.append("lengths are taken as \(name): the legs are \(rounded(leg)) long; --units takes another")
            }
        } else {
            bvh.scale(by: SMPLSkeleton.legLength / leg)
            notes.append("legs of \(rounded(leg)) are of no known unit and no person: taken as a leg of usual length")
        }
        if let factor = bvh.rootMismatch(map) {
            bvh.scaleRoot(by: factor)
            notes.append("positions of the root are in another unit than the bones: multiplied by \(factor)")
        }
        return (bvh, map, notes)
    }
}

extension BVH {
    /// Whether this is a skeleton of the CMU or HDM05 sets in their usual rest pose, whose feet and elbows are known exactly.
    var isAcclaim: Bool {
        guard index(of: "LHipJoint") != nil, let lowerBack = index(of: "LowerBack"), index(of: "LeftFingerBase") != nil,
            let knee = index(of: "LeftLeg"), let toe = index(of: "LeftToeBase"), let elbow = index(of: "LeftForeArm")
        else { return false }
        // Upright, facing +z, the left arm along +x.
        return joints[lowerBack].parent == 0 && joints[knee].offset.y < -0.8 * joints[knee].offset.length
            && joints[toe].offset.z > 0.5 * joints[toe].offset.length
            && joints[elbow].offset.x > 0.9 * joints[elbow].offset.length
    }

    /// Multiplies all lengths.
    mutating func scale(by factor: Double) {
        for joint in joints.indices {
            joints[joint].offset = joints[joint].offset * factor
            joints[joint].endSite = joints[joint].endSite.map { $0 * factor }
        }
        scalePositions(by: factor) { _ in true }
    }

    /// Multiplies the root's positions.
    mutating func scaleRoot(by factor: Double) { scalePositions(by: factor) { $0 == 0 } }

    private mutating func scalePositions(by factor: Double, where chosen: (Int) -> Bool) {
        var column = 0
        let width = channelCount
        for (joint, description) in joints.enumerated() {
            for channel in description.channels {
                if !channel.isRotation, chosen(joint) {
                    for frame in 0..<frameCount { values[frame * width + column] *= factor }
                }
                column += 1
            }
        }
    }

    /// What the root's positions have to be multiplied by, when its height over the origin is a hundred or thousand times too
    /// small or large for the legs of a person who stands.
    func rootMismatch(_ map: SkeletonMap) -> Double? {
        guard let hip = map.joint(.leftHip), let ankle = map.joint(.leftAnkle), let shoulder = map.joint(.leftShoulder),
            let up = try? SkeletonFit(self, map).usualUp.direction
        else { return nil }
        let step = max(frameCount / 100, 1)
        var ratios: [Double] = []
        for frame in stride(from: 0, to: frameCount, by: step) {
            let poses = worldPoses(frame: frame)
            guard (poses[shoulder].translation - poses[hip].translation).normalized.dot(up) > 0.7 else { continue }
            let leg = (poses[hip].translation - poses[ankle].translation).length
            ratios.append(poses[0].translation.dot(up) / leg)
        }
        guard ratios.count > 10 || ratios.count == frameCount else { return nil }
        let ratio = ratios.sorted()[ratios.count / 2]
        return [100.0, 1000, 0.01, 0.001].first { (0.75...1.6).contains(ratio * $0) }
    }
}
