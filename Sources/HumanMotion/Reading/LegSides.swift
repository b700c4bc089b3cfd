import Geometry
import HumanBody

/// Which of two legs is the left one, by how people are made and whatever they do: knees bend back, and toes point ahead.
struct LegSides {
    /// How surely the first leg is the left one: over 1 for a person who stands or walks, under -1 for one whose sides are exchanged or who is
    /// mirrored, about 0 where legs stay straight and have no toes.
    let leftness: Double
    /// Below this a person is mirrored.
    private static let mirrored = -0.1

    /// Whether the first leg is surely the right one.
    var areExchanged: Bool { leftness < Self.mirrored }

    /// Measures legs over a motion.
    ///
    /// - Parameter poses: In each frame the places of hip, knee, ankle and perhaps toe base of the first leg and of the second.
    init(_ poses: [(first: [Vector3], second: [Vector3])]) {
        var sum = 0.0
        for (first, second) in poses {
            guard let from = second.first, let to = first.first else { continue }
            let across = (to - from).normalized
            for leg in [first, second] {
                let bones = zip(leg, leg.dropFirst()).map { ($1 - $0).normalized }
                guard bones.count > 1 else { continue }
                sum += bones[0].cross(bones[1]).dot(across)
                if bones.count > 2 { sum += bones[2].cross(bones[1]).dot(across) }
            }
        }
        leftness = poses.isEmpty ? 0 : sum / Double(2 * poses.count)
    }
}

extension BVH {
    /// A note on a person seen in a mirror, as left-handed axes show one: what is called left is on the right, and knees and toes
    /// say which way is ahead.
    static let mirrorNote =
        "the person is a mirror image, as of left-handed axes: knees and toes do not go with what is called left. Mirrored back; "
        + "if only the names are exchanged, --map names each limb"

    /// Whether the limbs that are called left and right are those of a mirrored person.
    func isMirrored(_ map: SkeletonMap) -> Bool {
        let step = max(frameCount / 40, 1)
        let poses = stride(from: 0, to: frameCount, by: step).map { frame in
            let pose = worldPoses(frame: frame)
            func leg(_ side: Side) -> [Vector3] {
                (side.leg.joints + [side.toe]).compactMap { map.joint($0).map { pose[$0].translation } }
            }
            return (first: leg(.left), second: leg(.right))
        }
        return LegSides(poses).areExchanged
    }

    /// Reflects the motion at the plane of y and z.
    mutating func mirror() {
        for joint in joints.indices {
            joints[joint].offset.x = -joints[joint].offset.x
            joints[joint].endSite?.x *= -1
        }
        var column = 0
        let width = channelCount
        for channel in joints.flatMap(\.channels) {
            switch channel {
            case .xPosition, .yRotation, .zRotation:
                for frame in 0..<frameCount { values[frame * width + column] *= -1 }
            case .yPosition, .zPosition, .xRotation: break
            }
            column += 1
        }
    }
}
