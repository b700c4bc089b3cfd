import Geometry
import HumanBody

/// Where the joints of a body are over time, in the world of the file, metres; what there is to see before anybody knows which
/// way is up.
struct BodyTrack {
    /// Frames per second.
    let rate: Double
    /// By frame and joint; nil for joints that the skeleton does not have.
    let frames: [[Vector3?]]

    /// More frames a second show nothing more of weight and floor.
    private static let greatestRate = 30.0

    /// The track of a motion of `count` frames.
    init(count: Int, rate: Double, positions: (Int) -> [Vector3?]) {
        let step = max(Int((rate / Self.greatestRate).rounded()), 1)
        self.rate = rate / Double(step)
        frames = stride(from: 0, to: count, by: step).map(positions)
    }

    /// The track of a clip that may lie any way.
    init(_ clip: HumanClip) {
        self.init(count: clip.frames.count, rate: clip.frameRate) { index in
            SMPLSkeleton.forwardKinematics(clip.frames[index]).map(\.translation)
        }
    }

    /// Shares of the body's mass by joint (after Winter, "Biomechanics and Motor Control of Human Movement", the segments'
    /// masses laid on the nearest joints).
    private static let masses: [(HumanJoint, Double)] =
        [(.pelvis, 0.25), (.head, 0.08)]
        + Side.both.flatMap {
            [($0.shoulder, 0.125), ($0.elbow, 0.03), ($0.wrist, 0.02), ($0.knee, 0.1), ($0.ankle, 0.06)]
        }

    /// About where the centre of mass is.
    func centreOfMass(_ frame: Int) -> Vector3 {
        var sum = Vector3.zero
        var total = 0.0
        for (joint, mass) in Self.masses {
            guard let place = frames[frame][joint] else { continue }
            sum += place * mass
            total += mass
        }
        return sum / max(total, 1e-9)
    }

    /// From the hips to the shoulders, a unit vector.
    func trunk(_ frame: Int) -> Vector3? {
        let places = frames[frame]
        guard let leftHip = places[.leftHip], let rightHip = places[.rightHip], let left = places[.leftShoulder],
            let right = places[.rightShoulder]
        else { return nil }
        return (left + right - leftHip - rightHip).normalized
    }

    /// Points of the body's surface along an axis: the joint, and its height less what lies between it and a floor.
    func surface(_ frame: Int, along axis: Vector3) -> [(joint: HumanJoint, height: Double)] {
        HumanJoint.allCases.compactMap { joint in
            guard let height = SMPLSurface.heights[joint], let place = frames[frame][joint] else { return nil }
            return (joint, place.dot(axis) - height)
        }
    }
}
