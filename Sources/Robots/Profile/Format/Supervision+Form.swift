internal import Geometry
internal import JSON

extension RobotProfile.Supervision {
    static var form: Form<Self> {
        let standard = Self()
        return .object(
            standard,
            [
                .optional(
                    "fallen_tilt", \.fallenTilt, .number(from: 0.001, to: 3.1416, "rad"), absent: standard.fallenTilt,
                    "Angle between the root's z axis and the vertical from which on it has fallen, rad."),
                .optional(
                    "fallen_height", \.fallenHeight, .number(from: 0, to: 10, "m"),
                    "Height of the root under which it has fallen, m; left out, 0.46 of the stand's."),
                .optional(
                    "tipping_tilt", \.tippingTilt, .number(from: 0.001, to: 3.1416, "rad"),
                    absent: standard.tippingTilt, "Lean beside the reference's from which on it tips, rad."),
                .optional(
                    "joint_error", \.jointError, .number(from: 0.001, to: 100), absent: standard.jointError,
                    "Distance of a joint from its reference from which on it does not follow, rad or m."),
                .optional(
                    "body_error", \.bodyError, .number(from: 0.001, to: 100), absent: standard.bodyError,
                    "Root mean square over all joints from which on the body does not follow, rad."),
                .optional(
                    "patience", \.patience, .number(from: 0, to: 60, "s"), absent: standard.patience,
                    "Seconds for which a joint or the body has to be off."),
                .optional(
                    "when_tipping", \.whenTipping, .choice(), absent: standard.whenTipping,
                    "What happens besides the event when it tips."),
                .optional(
                    "when_not_following", \.whenNotFollowing, .choice(), absent: standard.whenNotFollowing,
                    "What happens besides the event when it does not follow."),
            ])
    }
}
