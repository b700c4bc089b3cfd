internal import Publishing
public import Robots
public import ServiceCore

extension ServiceConfiguration {
    /// This configuration with the sinks that the robots' profiles turn on; where it has one of the same robot and format
    /// itself, that one holds.
    ///
    /// - Throws: `invalidConfiguration` for a format or setting that is not known, with its place in the profile.
    public func addingSinks(of profiles: [RobotProfile]) throws(StartError) -> ServiceConfiguration {
        var configuration = self
        for profile in profiles {
            for (format, sink) in profile.stream.sinks.sorted(by: { $0.key < $1.key }) where sink.enabled {
                let isGiven = sinks.contains {
                    $0.format.name == format && ($0.robot ?? robots.first) == profile.name
                }
                if isGiven { continue }
                do throws(StartError) {
                    configuration.sinks.append(try SinkConfiguration(sink.text(format, of: profile.name)))
                } catch {
                    throw .invalidConfiguration("\(profile.name): /stream/sinks/\(format): \(error)")
                }
            }
        }
        return configuration
    }
}

extension RobotProfile.Stream.Sink {
    /// The sink as a flag would write it.
    fileprivate func text(_ format: String, of robot: String) -> String {
        var parts = ["\(robot):\(format)" + (endpoint.map { "=" + $0 } ?? "")]
        for (name, setting) in settings.sorted(by: { $0.key < $1.key }) {
            switch setting {
            case .flag(let isOn): if isOn { parts.append(name) }
            case .number(let number): parts.append("\(name)=\(Int(exactly: number).map(String.init) ?? "\(number)")")
            case .text(let text): parts.append("\(name)=\(text)")
            }
        }
        return parts.joined(separator: ",")
    }
}
