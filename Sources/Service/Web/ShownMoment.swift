internal import Geometry
internal import JSON
internal import Publishing
internal import Robots
internal import ServiceCore
internal import Wire

/// What the page shows of a robot at one moment.
struct ShownMoment: Sendable {
    private let status: RobotChannel.Status
    private let pose: RobotConfiguration
    private let contacts: [Float]
    /// The robot as its sensors have it; nil where they tell nothing.
    private let measured: RobotConfiguration?
    /// The joints of the person behind the motion, in SMPL's order, metres; nil for none.
    private let person: [Vector3]?

    /// A robot as it is now; nil while its profile changes.
    init?(_ robot: ActiveRobot, _ profile: RobotProfile, _ people: ShownPeople) {
        (pose, status, contacts) = (robot.channel.pose, robot.channel.status, robot.channel.contacts)
        let count = profile.jointNames.count
        guard pose.jointPositions.count == count else { return nil }
        let own = pose
        measured = robot.channel.measured(at: Clock.monotonic()).flatMap { measured in
            guard measured.jointPositions.count == count else { return nil }
            // Without a place of its own it is shown where the reference is.
            return RobotConfiguration(
                rootPosition: measured.rootPosition ?? own.rootPosition,
                rootRotation: measured.rootRotation ?? own.rootRotation, jointPositions: measured.jointPositions)
        }
        person = people.joints(of: robot.name, status, at: pose)
    }

    /// As the page takes it.
    func json(of robot: String, _ drawing: RobotDrawing) -> JSONValue {
        var members = Reply.members(status.description(of: robot))
        members += [
            .init("bodies", drawing.bodies(pose)), .init("joints", RobotDrawing.numbers(pose.jointPositions)),
            .init("contacts", RobotDrawing.numbers(contacts.map(Double.init))),
        ]
        if let measured {
            members += [
                .init("measured", drawing.bodies(measured)),
                .init("measured_joints", RobotDrawing.numbers(measured.jointPositions)),
            ]
        }
        if let person {
            members.append(.init("person", RobotDrawing.numbers(person.flatMap { [$0.x, $0.y, $0.z] })))
        }
        return .object(members)
    }
}
