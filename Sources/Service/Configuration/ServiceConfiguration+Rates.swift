internal import Robots
internal import ServiceCore

extension ServiceConfiguration {
    /// Frames per second at which a robot may be published.
    private static let publishableRates = 30.0...500

    /// A robot's profile, with the rate at which it is to be published.
    func configured(_ profile: RobotProfile) throws(StartError) -> RobotProfile {
        var profile = profile
        if let rate = rates[profile.name] { profile.stream.rate = rate }
        guard ServiceConfiguration.publishableRates.contains(profile.stream.rate) else {
            throw .unknownRobot(profile.name, known: [], reason: "/stream/rate has to lie between 30 and 500 Hz")
        }
        return profile
    }

    /// The profiles of the robots.
    func profiles(in registry: ProfileRegistry) throws(StartError) -> [RobotProfile] {
        var profiles: [RobotProfile] = []
        for name in robots {
            guard let profile = registry[name] else {
                let failure = registry.failures.first { $0.file.hasSuffix("/\(name).json") }
                throw .unknownRobot(name, known: registry.names, reason: failure.map { "\($0.error)" })
            }
            profiles.append(try configured(profile))
        }
        return profiles
    }
}
