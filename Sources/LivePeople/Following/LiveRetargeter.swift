import Geometry
public import HumanBody
public import Retargeting
public import Robots

/// A live person's frames to one robot's configurations, as many frames later as are known ahead.
public final class LiveRetargeter {
    private let retargeter: Retargeter
    private let rate: Double
    private let horizon: Int
    private var state: RetargetState
    private var frame: RetargetedFrame
    private var filter: ConfigurationFilter?
    private var isBegun = false

    /// The robot.
    public var profile: RobotProfile { retargeter.profile }

    /// Frames by which a configuration is later than its human.
    public var lateness: Int { horizon }

    /// Measures how the human body fits onto the robot.
    ///
    /// - Parameters:
    ///   - profile: The robot.
    ///   - rate: Frames a second, in and out.
    ///   - horizon: Frames known ahead; 0 gives each one out at once.
    /// - Throws: When the profile's map is not enough for its body.
    public init(_ profile: RobotProfile, rate: Double, horizon: Int = 0) throws {
        var options = RetargetOptions()
        options.keepsRates = horizon > 0
        retargeter = try Retargeter(profile, options: options)
        (self.rate, self.horizon) = (rate, horizon)
        state = RetargetState(frameRate: rate, horizon: horizon, stride: 1)
        frame = RetargetedFrame(standing: profile)
        // With frames known ahead the retargeter itself smooths.
        if horizon == 0 { filter = ConfigurationFilter(rate: rate, jointCount: profile.jointNames.count) }
    }

    /// Begins a motion anew, at any place and heading.
    public func restart() {
        state = RetargetState(frameRate: rate, horizon: horizon, stride: 1)
        filter?.restart()
        isBegun = false
    }

    /// Takes the next frame and gives out the one that is final with it, if any.
    public func step(_ human: HumanFrame) -> RetargetedFrame? {
        retargeter.push(human, to: &state)
        if !isBegun {
            // Until enough is known ahead the person stands still in the first pose.
            isBegun = true
            for _ in 0..<horizon { retargeter.push(human, to: &state) }
        }
        guard retargeter.pop(&state, into: &frame) else { return nil }
        filter?.filter(&frame.configuration)
        return frame
    }

    /// Whether the robot could stand still like this.
    public func isBalanced(_ frame: RetargetedFrame) -> Bool { retargeter.isBalanced(frame) }
}
