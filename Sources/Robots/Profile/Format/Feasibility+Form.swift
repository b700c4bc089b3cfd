internal import Geometry
internal import JSON

extension RobotProfile.Feasibility {
    static var form: Form<Self> {
        .object(
            .standard(standHeight: 1),
            [
                .required(
                    "amend", \.amend, Bounds.form, "Beyond these another, slower or softer version is looked for."),
                .required("refuse", \.refuse, Bounds.form, "Beyond these nothing is published."),
            ])
    }
}

extension RobotProfile.Feasibility.Bounds {
    static var form: Form<Self> {
        .object(
            Self(tilt: 0, height: 0, acceleration: 0, friction: 0, balance: 0, flight: 0),
            [
                .required(
                    "tilt", \.tilt, .number(from: 0.001, to: 3.1416, "rad"),
                    "Greatest angle between the root's z axis and the vertical, rad."),
                .required(
                    "height", \.height, .number(from: 0, to: 10, "m"), "Least height of the root over the floor, m."),
                .required(
                    "acceleration", \.acceleration, .number(from: 0.001, to: 1000, "m/s²"),
                    "Greatest horizontal acceleration of the centre of mass, mean of 0.1 s, m/s²."),
                .required(
                    "friction", \.friction, .number(from: 0.001, to: 1000),
                    "Greatest horizontal over vertical force, mean of 0.2 s."),
                .required(
                    "balance", \.balance, .number(from: 0, to: 1000, "m"),
                    "Farthest way of the zero-moment point outside of the soles, mean of 0.2 s, m."),
                .required(
                    "flight", \.flight, .number(from: 0, to: 60, "s"),
                    "Longest time without a sole down beyond what the take-off gives, s."),
            ])
    }
}
