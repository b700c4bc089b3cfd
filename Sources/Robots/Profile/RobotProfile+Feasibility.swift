internal import Geometry

extension RobotProfile {
    /// What whole-body motion a robot's body can be asked for, apart from the limits of its joints.
    public struct Feasibility: Hashable, Sendable {
        /// Bounds that a motion keeps.
        public struct Bounds: Hashable, Sendable {
            /// Greatest angle between the root's z axis and the vertical, rad.
            public var tilt: Double
            /// Least height of the root over the floor, m.
            public var height: Double
            /// Greatest horizontal acceleration of the centre of mass, mean of 0.1 s, m/s².
            public var acceleration: Double
            /// Greatest horizontal over vertical force, mean of 0.2 s: the coefficient of friction that it takes.
            public var friction: Double
            /// Farthest way of the zero-moment point outside of the soles that are down, mean of 0.2 s, m.
            public var balance: Double
            /// Longest time without a sole on the floor beyond what the take-off gives, s.
            public var flight: Double

            /// Creates bounds.
            public init(
                tilt: Double, height: Double, acceleration: Double, friction: Double, balance: Double, flight: Double
            ) {
                (self.tilt, self.height, self.acceleration) = (tilt, height, acceleration)
                (self.friction, self.balance, self.flight) = (friction, balance, flight)
            }
        }

        /// Beyond these another version of the motion is looked for, slower or softer where no other does.
        public var amend: Bounds
        /// Beyond these nothing is published.
        public var refuse: Bounds

        /// Creates both.
        public init(amend: Bounds, refuse: Bounds) { (self.amend, self.refuse) = (amend, refuse) }

        /// The bounds for a robot whose root stands so high, m. Found on a G1 (0.76 m) whose simulated twin followed 107
        /// texts and chains under a tracker; lengths go with the body's size.
        public static func standard(standHeight height: Double) -> Feasibility {
            Feasibility(
                amend: Bounds(
                    tilt: 0.785, height: 0.52 * height, acceleration: 30, friction: 1.5, balance: 0.8 * height,
                    flight: 0.4),
                refuse: Bounds(
                    tilt: 1.05, height: 0.46 * height, acceleration: 40, friction: 3, balance: 3 * height, flight: 0.8))
        }
    }

    /// The bounds in force: the profile's own, else those of a robot of its size.
    public var feasibilityBounds: Feasibility {
        feasibility ?? .standard(standHeight: standPose.rootPosition.z)
    }
}
