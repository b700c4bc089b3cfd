package import Wire

/// The robots of this daemon.
package struct RobotList: Sendable {
    /// In the configured order.
    package let all: [ActiveRobot]
    /// The one that is meant when a request names none.
    package let `default`: ActiveRobot

    /// Creates a list; nil without a robot.
    package init?(_ robots: [ActiveRobot]) {
        guard let first = robots.first else { return nil }
        all = robots
        self.default = first
    }

    /// The robot of that name, or the default one.
    package func find(_ name: String?) throws(RequestError) -> ActiveRobot {
        guard let name else { return self.default }
        guard let robot = all.first(where: { $0.name == name }) else {
            throw RequestError(
                .unknownRobot,
                "there is no robot \"\(name.prefix(64))\"; active: \(all.map(\.name).joined(separator: ", "))",
                field: "robot")
        }
        return robot
    }

    /// The robots of those names, or the default one.
    package func find(_ names: [String]) throws(RequestError) -> [ActiveRobot] {
        if names.isEmpty { return [self.default] }
        var found: [ActiveRobot] = []
        for name in names { found.append(try find(name)) }
        return found
    }

    /// Carries out one of the stopping verbs, `reset` or `resume` on the robots that a request names.
    ///
    /// `hold`, `stop` and `halt` act on every robot that can follow them, also when another is unknown or halted; `reset` and
    /// `resume` act on none behind the first that refuses.
    ///
    /// - Parameters:
    ///   - request: Its verb is `hold`, `stop`, `halt`, `reset` or `resume`.
    ///   - done: Hears of every robot on which the verb took effect.
    /// - Returns: The frame of the first robot and, for several, of each.
    /// - Throws: What the first robot says that refuses.
    package func perform(_ request: Request, done: (String) -> Void) throws(RequestError) -> RestAnswer {
        if !request.verb.isStop { _ = try find(request.robots) }
        var frames: [(robot: String, frame: Int64)] = []
        var starts: [StreamStart] = []
        var refusal: RequestError?
        for name in request.robots.isEmpty ? [self.default.name] : request.robots {
            do throws(RequestError) {
                let robot = try find(name)
                let start = request.verb == .resume ? robot.channel.resumeStart : nil
                let frame = try robot.channel.perform(request.verb, of: robot.profile)
                frames.append((robot.name, frame))
                if let start { starts.append(StreamStart(robot: robot.name, from: start.rawValue)) }
                done(robot.name)
            } catch {
                guard request.verb.isStop else { throw error }
                refusal = refusal ?? error
            }
        }
        if let refusal { throw refusal }
        return RestAnswer(verb: request.verb.name, frames: frames, starts: starts)
    }
}
