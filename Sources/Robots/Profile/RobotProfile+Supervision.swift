internal import Geometry

extension RobotProfile {
    /// When a robot counts as fallen, tipping or not following, by what its own sensors say.
    public struct Supervision: Hashable, Sendable {
        /// What the daemon does besides telling it.
        public enum Reaction: String, Hashable, Sendable, CaseIterable {
            /// Nothing.
            case report
            /// The robot holds.
            case hold
        }

        /// Angle between the root's z axis and the vertical from which on it has fallen, rad. A reference that leans
        /// itself, as of someone who lies, moves the bound along.
        public var fallenTilt = 1.05
        /// Height of the root under which it has fallen, m; nil for a share of the stand's (``RobotProfile/fallenHeight``).
        public var fallenHeight: Double?
        /// Lean beside the reference's from which on it tips, rad.
        public var tippingTilt = 0.5
        /// Distance of a joint from its reference from which on it does not follow, rad or m.
        public var jointError = 0.6
        /// Root mean square over all joints from which on the body does not follow, rad.
        public var bodyError = 0.3
        /// Seconds for which a joint or the body has to be off: every robot lags a little.
        public var patience = 0.8
        /// What happens when it tips.
        public var whenTipping = Reaction.report
        /// What happens when it does not follow.
        public var whenNotFollowing = Reaction.report

        /// The defaults.
        public init() {}
    }

    /// Height of the root under which the robot has fallen, m.
    public var fallenHeight: Double { supervision.fallenHeight ?? 0.46 * standPose.rootPosition.z }
}
