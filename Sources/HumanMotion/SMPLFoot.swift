import Geometry

/// Where the sole lies under the foot joints of `SMPLSkeleton`.
///
/// The floor is the plane y = 0 and the sole of a standing foot lies in it. The joints lie above the sole: the foot
/// (toe base) joint by `toeHeight`, about the thickness of the body's surface there, and the ankle by the rest offset
/// more (7.6 cm left, 6.8 cm right).
public enum SMPLFoot {
    /// One foot's joints in SMPL order and their heights when it stands flat.
    public struct Side: Hashable, Sendable {
        /// Index of the ankle.
        public let ankle: Int
        /// Index of the foot (toe base) joint.
        public let toe: Int
        /// Height of the ankle over the sole of a flat foot, metres.
        public let ankleHeight: Double
    }

    /// Height of the foot (toe base) joint over the sole of a flat foot, metres.
    public static let toeHeight = 0.02
    /// The left foot.
    public static let left = Side(ankle: 7, toe: 10, ankleHeight: toeHeight - SMPLSkeleton.offsets[10].y)
    /// The right foot.
    public static let right = Side(ankle: 8, toe: 11, ankleHeight: toeHeight - SMPLSkeleton.offsets[11].y)
}
