extension ProfileChecker {
    /// The limits of the root are ranges, and the soft margin leaves every joint some room.
    mutating func checkLimits() {
        let limits = profile.limits
        if !(limits.rootHeightLower < limits.rootHeightUpper) {
            error(
                "/limits/root_height", "[\(limits.rootHeightLower), \(limits.rootHeightUpper)] is not a range",
                "[least, greatest], in m")
        }
        let narrowest = profile.drivenJoints.min {
            $0.limits.upper - $0.limits.lower < $1.limits.upper - $1.limits.lower
        }
        guard let narrowest else { return }
        let half = (narrowest.limits.upper - narrowest.limits.lower) / 2
        if half > 0, limits.softMargin >= half {
            error(
                "/limits/soft_margin", "\(limits.softMargin) leaves \"\(narrowest.name)\" no room",
                "less than half of the narrowest range, \(half.brief)")
        }
    }

    /// Every driven joint can stop soon: the limiter looks ahead as far as the longest stop.
    mutating func checkStops() {
        for (index, joint) in profile.joints.enumerated() where joint.isDriven {
            let limits = joint.limits
            let seconds = limits.velocity / limits.acceleration + limits.acceleration / limits.jerk
            // What is not limited takes no time; the reading gives driven joints all three.
            guard seconds.isFinite, seconds > Self.longestStop else { continue }
            error(
                "/joints/\(index)", "a stop from full speed takes \(seconds.brief) s by its limits",
                "velocity / acceleration + acceleration / jerk of \(Self.longestStop.brief) s at most")
        }
    }

    /// Longest stop of a joint, seconds; by the defaults it takes a tenth.
    private static var longestStop: Double { 3 }

    /// Targets name every driven joint once.
    mutating func checkTargets() {
        for (name, target) in profile.targets.sorted(by: { $0.key < $1.key }) {
            let path = "/targets/\(name.pointerToken)"
            var seen: Set<String> = []
            for (key, names) in [("joints", target.joints), ("left_out", target.leftOut)] {
                for (index, joint) in names.enumerated() {
                    let place = "\(path)/\(key)/\(index)"
                    if drivenLimits[joint] == nil {
                        error(place, "\"\(joint)\" is no driven joint", suggestion(joint, among: drivenNames))
                    } else if !seen.insert(joint).inserted {
                        error(place, "\"\(joint)\" is listed twice", "name every driven joint once")
                    }
                }
            }
            let missing = drivenNames.filter { !seen.contains($0) }
            if !missing.isEmpty {
                error(
                    path + "/joints", "lacks " + missing.prefix(5).map { "\"\($0)\"" }.joined(separator: ", "),
                    "name every driven joint once, here or in left_out")
            }
            if let names = target.names, names.count != target.joints.count {
                error(path + "/names", "has \(names.count) names", "\(target.joints.count), one for each joint")
            }
        }
    }

    /// Lists the limits that the maker did not state.
    mutating func noteDefaults() {
        let driven = profile.joints.enumerated().filter { $0.element.isDriven }
        let rates: [(RobotProfile.Joint.Limit, KeyPath<JointLimits, Double>)] = [
            (.velocity, \.velocity), (.acceleration, \.acceleration), (.jerk, \.jerk),
        ]
        for (limit, property) in rates {
            let taken = driven.filter { $0.element.defaults.contains(limit) }
            guard let first = taken.first else { continue }
            let values = Set(taken.map { $0.element.limits[keyPath: property] }).sorted().map(\.brief)
            note(
                "/joints/\(first.offset)/\(limit.rawValue)",
                "\(taken.count) of \(driven.count) driven joints have a default: \(values.joined(separator: ", "))",
                "put in the maker's, where known, and take \"\(limit.rawValue)\" out of \"defaults\"")
        }
        let unknown = driven.filter { $0.element.effort == nil }
        if let first = unknown.first {
            note(
                "/joints/\(first.offset)/effort", "is unknown for \(unknown.count) of \(driven.count) driven joints",
                "nothing depends on it")
        }
    }
}
