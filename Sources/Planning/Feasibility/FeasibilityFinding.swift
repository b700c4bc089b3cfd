package import Robots

/// A bound that a motion breaks, or how near it comes to it.
package struct FeasibilityFinding: Hashable, Sendable, CustomStringConvertible {
    /// What is bounded.
    package enum Measure: Hashable, Sendable, CaseIterable {
        case tilt, height, acceleration, friction, balance, flight

        /// Whether a slower motion asks for less of it.
        var isOfTime: Bool { self == .acceleration || self == .friction || self == .balance }
    }

    /// What is bounded.
    package var measure: Measure
    /// What the motion asks for.
    package var value: Double
    /// The bound.
    package var bound: Double

    /// How much of what is allowed is asked for: over 1 is too much.
    package var load: Double {
        measure == .height ? (value > 0 ? bound / value : .infinity) : (bound > 0 ? value / bound : .infinity)
    }

    /// For people.
    package var description: String {
        func rounded(_ number: Double, _ factor: Double = 100) -> String { "\((number * factor).rounded() / factor)" }
        func degrees(_ angle: Double) -> String { "\(Int((angle * 180 / .pi).rounded()))" }
        return switch measure {
        case .tilt: "the trunk leans by \(degrees(value)) degrees; at most \(degrees(bound))"
        case .height: "the root comes down to \(rounded(value)) m; at least \(rounded(bound))"
        case .acceleration:
            "the body is accelerated sideways with \(rounded(value, 1)) m/s²; at most \(rounded(bound, 1))"
        case .friction: "it takes a coefficient of friction of \(rounded(value)); at most \(rounded(bound))"
        case .balance: "the zero-moment point is \(rounded(value)) m outside of the soles; at most \(rounded(bound))"
        case .flight: "no sole is down for \(rounded(value)) s longer than it jumps; at most \(rounded(bound))"
        }
    }
}

extension RobotProfile.Feasibility.Bounds {
    /// How near a motion comes to each bound, the worst first.
    package func findings(of figures: FeasibilityFigures) -> [FeasibilityFinding] {
        [
            FeasibilityFinding(measure: .tilt, value: figures.tilt, bound: tilt),
            FeasibilityFinding(measure: .height, value: figures.height, bound: height),
            FeasibilityFinding(measure: .acceleration, value: figures.acceleration, bound: acceleration),
            FeasibilityFinding(measure: .friction, value: figures.friction, bound: friction),
            FeasibilityFinding(measure: .balance, value: figures.balance, bound: balance),
            FeasibilityFinding(measure: .flight, value: figures.flight, bound: flight),
        ].sorted { $0.load > $1.load }
    }

    /// The bound that is broken most; nil when all are kept.
    package func broken(by figures: FeasibilityFigures) -> FeasibilityFinding? {
        findings(of: figures).first { $0.load > 1 }
    }

    /// A number by which motions are compared: less is easier for the body.
    package func cost(of figures: FeasibilityFigures) -> Double {
        findings(of: figures).reduce(0) { $0 + min($1.load * $1.load, 16) }
    }
}

/// No version of a motion that was tried keeps to what the robot's body can do.
struct InfeasibleMotion: Error, Hashable, CustomStringConvertible {
    var finding: FeasibilityFinding

    var description: String { "infeasible: \(finding)" }
}
