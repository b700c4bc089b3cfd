import Geometry
import HumanBody

/// Where a person's pelvis is over the floor of SMPL's body: from what the sender says of place and size, or, where it says
/// nothing, from the feet. Allocates nothing once made.
struct RootKeeper: Sendable {
    /// How fast the floor follows soles that stay above it, and soles that go below it, m/s.
    private static let (rise, fall) = (0.02, 0.5)
    /// Half the time over which the lowest sole is the floor.
    private static let window: Int64 = 3_000_000_000
    /// How much lower the other foot must be to carry the body, m.
    private static let change = 0.015
    /// Frames after which a pelvis that never moves is taken for one that the sender cannot place.
    private static let stillFrames = 30

    private var floor: Double?
    private var (least, leastBefore) = (Double.infinity, Double.infinity)
    private var windowStart: Int64 = 0
    private var last: Int64 = 0
    /// Which point of the feet carries the body, where it stands, and where it was seen from the pelvis.
    private var carrier: (joint: HumanJoint, place: Vector3)?
    private var place = Vector3.zero
    /// The pelvis as it was sent, how often it stayed there though the body moved, and the body then.
    private var sent: (pelvis: Vector3, frames: Int, knee: Quaternion)?
    // Scratch.
    private var positions = [Vector3](repeating: .zero, count: HumanJoint.count)
    private var turns = SMPLSkeleton.restRotations

    private static let soles: [(joint: HumanJoint, height: Double)] = Side.both.flatMap { side in
        [(side.ankle, SMPLFoot.ankleHeight(side)), (side.toe, SMPLFoot.toeHeight)]
    }

    /// Forgets floor and place.
    mutating func restart() {
        (floor, carrier, sent) = (nil, nil, nil)
        (least, leastBefore) = (.infinity, .infinity)
    }

    /// The floor lies where the soles of this frame are; call it while both feet stand.
    mutating func takeFloor() {
        floor = nil
        (least, leastBefore) = (.infinity, .infinity)
    }

    /// The pelvis over the floor at y = 0.
    ///
    /// - Parameters:
    ///   - pelvis: As it was sent, metres of the person; nil when it was not.
    ///   - rotations: Of the 22 joints in their parents.
    ///   - scale: SMPL's leg length over the person's.
    ///   - time: When it was seen, nanoseconds; rising.
    /// - Returns: Its place in SMPL's axes, metres of SMPL's body.
    mutating func pelvis(
        _ pelvis: Vector3?, rotations: [Quaternion], scale: Double, at time: Int64
    ) -> Vector3 {
        for (parent, joint) in HumanJoint.bones {
            if parent == .pelvis { turns[.pelvis] = rotations[.pelvis] }
            positions[joint] = positions[parent] + turns[parent].act(SMPLSkeleton.offsets[joint])
            turns[joint] = turns[parent] * rotations[joint]
        }
        var low = Double.infinity
        for sole in Self.soles { low = min(low, positions[sole.joint].y - sole.height) }
        if let pelvis, isPlaced(pelvis, rotations) {
            carrier = nil
            let height = pelvis.y * scale
            follow(height + low, at: time)
            place = Vector3(pelvis.x * scale, height - (floor ?? 0), pelvis.z * scale)
        } else {
            carry(low)
        }
        return place
    }

    /// Whether the sender places the pelvis at all: some anchor the body there.
    private mutating func isPlaced(_ pelvis: Vector3, _ rotations: [Quaternion]) -> Bool {
        guard let sent, (sent.pelvis - pelvis).length < 1e-4 else {
            self.sent = (pelvis, 0, rotations[.leftHip])
            return true
        }
        let hasMoved = (sent.knee.conjugate * rotations[.leftHip]).angle > 0.03
        if hasMoved { self.sent = (sent.pelvis, sent.frames + 1, rotations[.leftHip]) }
        return (self.sent?.frames ?? 0) < Self.stillFrames
    }

    private mutating func follow(_ sole: Double, at time: Int64) {
        let elapsed = min(max(Double(time - last) / 1e9, 0), 0.1)
        last = time
        guard let floor else {
            (self.floor, least, windowStart) = (sole, sole, time)
            return
        }
        if time - windowStart > Self.window { (leastBefore, least, windowStart) = (least, .infinity, time) }
        least = min(least, sole)
        let target = min(least, leastBefore)
        self.floor = min(max(target, floor - Self.fall * elapsed), floor + Self.rise * elapsed)
    }

    /// The lowest point of the feet stays where it is.
    private mutating func carry(_ low: Double) {
        var lowest = (joint: HumanJoint.leftAnkle, height: Double.infinity)
        for sole in Self.soles {
            // Who carries goes on unless another is clearly lower.
            let own = sole.joint == carrier?.joint ? Self.change : 0
            let height = positions[sole.joint].y - sole.height - own
            if height < lowest.height { lowest = (sole.joint, height) }
        }
        if let carrier, carrier.joint == lowest.joint {
            place.x = carrier.place.x - positions[carrier.joint].x
            place.z = carrier.place.z - positions[carrier.joint].z
        } else {
            if let carrier {
                place.x = carrier.place.x - positions[carrier.joint].x
                place.z = carrier.place.z - positions[carrier.joint].z
            }
            let foot = positions[lowest.joint]
            carrier = (lowest.joint, Vector3(place.x + foot.x, 0, place.z + foot.z))
        }
        place.y = -low
    }
}
