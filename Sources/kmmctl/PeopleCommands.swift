import ArgumentParser
import Foundation
import Wire

/// Lists live people.
struct PeopleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "people", abstract: "List the live people that are heard, and the robots that follow them.",
        discussion: """
            Example:
              kmmctl people
            """)
    @OptionGroup var connection: ConnectionOptions

    func run() throws {
        try connection.ask(.people) { (answer: PeopleAnswer) in
            for person in answer.people {
                print(
                    "\(person.person) (\(person.source)): \(person.tracked ? "tracked" : "not tracked"),",
                    String(format: "%.0f Hz, %.0f ms old,", person.rateHz, person.ageMs),
                    "\(person.joints) joints, \(person.lost) of \(person.frames + person.lost) frames lost"
                        + (person.needsCalibration ? "; needs a calibration" : ""))
                for follower in person.followers {
                    let far = follower.farthest.map { String(format: ", \($0) %.2f rad off", follower.distance ?? 0) }
                    print("  \(follower.robot): \(follower.state), \(follower.part)\(far ?? "")")
                }
            }
            if answer.people.isEmpty { print("nobody is heard") }
            if answer.refused > 0 { print("\(answer.refused) packets could not be used") }
        }
    }
}

/// Has a robot follow a live person.
struct FollowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "follow", abstract: "Follow a live person until a stop, a hold or another command.",
        discussion: """
            Example:
              kmmctl follow anna --delay 120 --far ramp
            """)

    @Argument(help: "The person, as `people` names them.")
    var person: String
    @Option(help: "Name of the robot; without it the daemon's default one.", completion: Completion.robots)
    var robot: String?
    @Option(help: "What is followed: body, upper or arms.", transform: choice)
    var part = Follow.Part.body
    @Option(help: "Milliseconds by which frames are held back, 0 to 500.")
    var delay = 0.0
    @Flag(help: "Do on the left what the person does on the right.")
    var mirror = false
    @Option(help: "How far the robot goes for what it would go, 0.5 to 1.5.")
    var scale = 1.0
    @Option(help: "What to do about a person far from the robot's pose: wait or ramp.", transform: choice)
    var far = Follow.Far.wait
    @Option(help: "When the robot begins: now, or at the end of what is planned.", transform: choice)
    var at = Follow.Moment.now
    @Flag(help: "Follow only while a dead-man switch is kept pressed for the person.")
    var deadman = false
    @OptionGroup var connection: ConnectionOptions

    func run() throws {
        var follow = Follow(person: person)
        (follow.part, follow.delayMilliseconds, follow.isMirrored) = (part, delay, mirror)
        (follow.scale, follow.far, follow.moment, follow.needsDeadMan) = (scale, far, at, deadman)
        try connection.ask(.follow(follow), robot: robot) { (answer: FollowAnswer) in
            print("\(answer.robots.joined(separator: ", ")): \(answer.state) for \(answer.person)")
        }
    }
}

/// Measures a live person.
struct CalibrateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calibrate", abstract: "Measure a live person who stands in a pose, facing ahead.",
        discussion: """
            Example:
              kmmctl calibrate anna --pose t
              kmmctl calibrate anna --pose auto --recentre
            """)

    @Argument(help: "The person, as `people` names them.")
    var person: String
    @Option(help: "The pose: t, a, n, or auto for size and floor alone.", transform: choice)
    var pose = Calibrate.Pose.t
    @Flag(help: "Take the person's place and heading for those of the robots that follow.")
    var recentre = false
    @OptionGroup var connection: ConnectionOptions

    func run() throws {
        try connection.ask(.calibrate(Calibrate(person: person, pose: pose, recentres: recentre))) {
            (answer: CalibrateAnswer) in
            let worst = answer.residuals.max { $0.value < $1.value }
            print(
                "\(answer.person) is measured", answer.legLength.map { String(format: "(legs %.2f m)", $0) } ?? "",
                worst.map { String(format: "; farthest from the pose: \($0.key), %.1f degrees", $0.value) } ?? "")
        }
    }
}

/// One of several words.
private func choice<Choice: RawRepresentable<String> & CaseIterable>(_ text: String) throws -> Choice {
    guard let choice = Choice(rawValue: text) else {
        throw ValidationError("expected one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return choice
}
