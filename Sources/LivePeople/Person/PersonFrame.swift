public import Geometry
public import HumanBody

/// When a frame was made, as far as its sender tells.
public struct SenderStamp: Hashable, Sendable {
    /// When the sensors saw it, by the sender's own clock with any zero, nanoseconds.
    public var time: Int64?
    /// Its number, which rises by one.
    public var sequence: Int64?
    /// Changes with each start of the sender.
    public var session: Int64?

    /// No clock runs for a century, and no sender counts so far.
    private static let (longest, most): (Int64, Int64) = (4_000_000_000_000_000_000, 1_000_000_000_000_000)

    /// A stamp of what is told; numbers that cannot be count as not told.
    public init(time: Int64? = nil, sequence: Int64? = nil, session: Int64? = nil) {
        self.time = time.flatMap { (-Self.longest...Self.longest).contains($0) ? $0 : nil }
        self.sequence = sequence.flatMap { (-Self.most...Self.most).contains($0) ? $0 : nil }
        self.session = session
    }
}

/// One frame of a live person as a sender saw it, in SMPL's axes.
public struct PersonFrame: Hashable, Sendable {
    /// What the stream calls the person.
    public var name: String
    /// When it was made.
    public var stamp: SenderStamp
    /// Whether the sender vouches for it: false means seen, but not tracked.
    public var isTracked = true
    /// Orientation of each of the 22 joints in the world, [22]; those that are not seen go with their parents.
    public var orientations: [Quaternion]
    /// The joints that were measured.
    public var seen: JointSet
    /// Whether all orientations are the identity in a T pose that faces +z. Where they are not, only a calibration helps.
    public var isRestKnown = true
    /// The pelvis in the world, metres; nil when only the pose is known.
    public var pelvis: Vector3?
    /// Thigh and shank of the person or avatar that the positions belong to, metres, where known.
    public var legLength: Double?
    /// Which parts of the feet stand, where the sender knows.
    public var contacts = FootContacts.none

    /// A frame of orientations in the world; nil for joints that were not measured.
    public init(name: String, stamp: SenderStamp, world: [Quaternion?], pelvis: Vector3? = nil) {
        precondition(world.count == HumanJoint.count, "a frame has 22 orientations")
        self.name = name
        self.stamp = stamp
        self.pelvis = pelvis
        seen = []
        orientations = SMPLSkeleton.restRotations
        for joint in HumanJoint.allCases {
            if let rotation = world[joint] {
                orientations[joint] = rotation
                seen.insert(joint)
            } else if let parent = joint.parent {
                orientations[joint] = orientations[parent]
            }
        }
    }

    /// A frame of rotations in the parent joint; nil for joints that were not measured.
    public init(name: String, stamp: SenderStamp, local: [Quaternion?], pelvis: Vector3? = nil) {
        precondition(local.count == HumanJoint.count, "a frame has 22 rotations")
        var world = local
        for (parent, joint) in HumanJoint.bones {
            // What turns a joint that is not seen itself still carries its children.
            let above = world[parent] ?? .identity
            world[joint] = above * (local[joint] ?? .identity)
        }
        self.init(name: name, stamp: stamp, world: world, pelvis: pelvis)
        for joint in HumanJoint.allCases where local[joint] == nil { seen.remove(JointSet(joint)) }
    }
}

extension PersonFrame {
    /// A frame of orientations in the world, and the length of the leg where one is known that can be.
    init(name: String, stamp: SenderStamp, world: [Quaternion?], pelvis: Vector3?, leg: Double?) {
        self.init(name: name, stamp: stamp, world: world, pelvis: pelvis)
        if let leg, leg > 0.1, leg < 3 { legLength = leg }
    }
}

extension Quaternion {
    /// Length 1 where it is nearly so already; nil for what is no rotation.
    func checked() -> Quaternion? {
        guard isFinite, length > 0.5, length < 1.5 else { return nil }
        return normalized
    }
}

extension Vector3 {
    /// Whether it is a place that a person can be at.
    var isPlace: Bool { isFinite && abs(x) < 1000 && abs(y) < 1000 && abs(z) < 1000 }
}

extension String {
    /// A name that a stream gave, safe to show and to use in a topic: at most 64 of A-Z, a-z, 0-9, `_` and `-`.
    public var asPersonName: String {
        let safe = unicodeScalars.prefix(64).map { scalar -> Character in
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", "_", "-": Character(scalar)
            default: "_"
            }
        }
        return safe.isEmpty ? "person" : String(safe)
    }
}
