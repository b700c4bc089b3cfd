import Geometry
import HumanBody
import HumanMotion
import Robots

/// The whole robot against the floor, and what carries it.
public struct GroundReport: Hashable, Sendable, Encodable {
    /// Height of the robot's lowest point over all frames, m; negative under the floor.
    public private(set) var lowest = 0.0
    /// The body that it belongs to.
    public private(set) var lowestBody: String?
    /// When, s.
    public private(set) var lowestTime = 0.0
    /// Share of frames in which the robot's lowest point is higher than 2 cm.
    public private(set) var floating = 0.0
    /// Share of frames in which it is, and the person's is not.
    public private(set) var floatingAlone = 0.0
    /// Longest time that the robot is off the floor at one go, s.
    public private(set) var longestFlight = 0.0
    /// Longest time that the person is, s.
    public private(set) var longestHumanFlight = 0.0
    /// Share of frames in which other parts than soles carry.
    public private(set) var rests = 0.0
    /// Mean over those frames of the fastest slip of such a part, m/s.
    public private(set) var slip = 0.0
    /// 99th percentile of that slip, m/s.
    public private(set) var slipPeak = 0.0
    /// Greatest height of such a part over what carries it, m.
    public private(set) var restHeight = 0.0
    /// Share of frames in which it is not known what the person rests on.
    public private(set) var unknownSupport = 0.0

    /// A point higher than this is off the floor, m.
    static let clearance = 0.02

    init() {}

    init(_ motion: RobotMotion, _ clip: HumanClip, _ model: RetargetModel) {
        guard !model.calibration.legs.isEmpty, !motion.frames.isEmpty else { return }
        let (surface, workspace) = (model.surface, KinematicWorkspace(model.tree))
        var human = HumanPose()
        var (flights, humanFlights): ([Bool], [Bool]) = ([], [])
        lowest = .infinity
        for (index, (robot, frame)) in zip(motion.frames, clip.frames).enumerated() {
            workspace.update(robot.configuration)
            var low = (height: Double.infinity, body: "")
            for (point, body) in zip(surface.points, surface.bodies) {
                let height = workspace.position(of: point.point).z - point.height
                if height < low.height { low = (height, body) }
            }
            if low.height < lowest {
                (lowest, lowestBody, lowestTime) = (low.height, low.body, Double(index) / motion.frameRate)
            }
            human.update(frame)
            flights.append(low.height > Self.clearance)
            humanFlights.append(BodyPart.allCases.allSatisfy { human.contact($0).height > Self.clearance })
        }
        let count = Double(flights.count)
        floating = Double(flights.count { $0 }) / count
        floatingAlone = Double(zip(flights, humanFlights).count { $0 && !$1 }) / count
        longestFlight = Double(Self.longestRun(flights)) / motion.frameRate
        longestHumanFlight = Double(Self.longestRun(humanFlights)) / motion.frameRate
        let qualities = motion.frames.map(\.quality)
        rests = Double(qualities.count { $0.rest > 0.5 }) / count
        unknownSupport = Double(qualities.count { !$0.isSupportKnown }) / count
        let slips = qualities.filter { $0.rest > 0.5 }.map(\.slip).sorted()
        if !slips.isEmpty {
            slip = slips.reduce(0, +) / Double(slips.count)
            slipPeak = slips[min(slips.count * 99 / 100, slips.count - 1)]
        }
        restHeight = qualities.map(\.restHeight).max() ?? 0
    }

    private static func longestRun(_ values: [Bool]) -> Int {
        var (longest, run) = (0, 0)
        for value in values {
            run = value ? run + 1 : 0
            longest = max(longest, run)
        }
        return longest
    }
}
