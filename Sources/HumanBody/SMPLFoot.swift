import Geometry

/// Where the sole lies under the foot joints of `SMPLSkeleton`.
///
/// The floor is the plane y = 0 and the sole of a standing foot lies in it. The joints lie above the sole: the foot
/// (toe base) joint by `toeHeight`, about the thickness of the body's surface there, and the ankle by the rest offset
/// more (7.6 cm left, 6.8 cm right).
public enum SMPLFoot {
    /// Height of the foot (toe base) joint over the sole of a flat foot, metres.
    public static let toeHeight = 0.02

    private static let ankleHeights = (
        left: toeHeight - SMPLSkeleton.offsets[.leftFoot].y, right: toeHeight - SMPLSkeleton.offsets[.rightFoot].y
    )

    /// Height of the ankle over the sole of a flat foot, metres.
    public static func ankleHeight(_ side: Side) -> Double {
        side == .left ? ankleHeights.left : ankleHeights.right
    }
}
