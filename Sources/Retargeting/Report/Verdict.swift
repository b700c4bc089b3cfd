/// Whether a retargeted motion is what it should be, in words.
public struct Verdict: Hashable, Sendable, Encodable {
    /// What is wrong, worst first in kind; empty for a good motion.
    public internal(set) var findings: [String] = []
    /// Whether nothing is wrong.
    public var isGood: Bool { findings.isEmpty }

    /// What is asked for: errors of limbs in degrees (mean, 95th percentile) where feet carry and elsewhere, how much worse than
    /// a free fit they may be, and metres and seconds.
    private enum Bound {
        static let onFeet = (mean: 8.0, p95: 20.0)
        static let elsewhere = (mean: 12.0, p95: 25.0)
        static let free = 3.0
        static let depth = 0.01
        static let overlap = 0.01
        static let alone = 0.02
        static let flight = 1.0
        static let restHeight = 0.03
        static let acceleration = 1.02
        /// A sprinter's, m/s.
        static let rootSpeed = 12.5
    }

    /// Nothing judged.
    init() {}

    init(_ report: QualityReport) {
        let likeness = report.likeness
        judge(likeness.onFeet, "on its feet", Bound.onFeet, likeness)
        judge(likeness.elsewhere, likeness.onFeet.frames == 0 ? "" : "off its feet", Bound.elsewhere, likeness)
        let ground = report.ground
        if ground.lowest < -Bound.depth {
            findings.append(
                "\(ground.lowestBody ?? "the robot") is \(centimetres(-ground.lowest)) under the floor at "
                    + "\(rounded(ground.lowestTime, 1)) s")
        }
        if ground.floatingAlone > Bound.alone {
            findings.append(
                "in \(rounded(100 * ground.floatingAlone, 1)) % of the frames the robot is off the floor and the person is not"
            )
        }
        if ground.longestFlight > Bound.flight {
            let human = rounded(ground.longestHumanFlight, 1)
            findings.append(
                "the robot is off the floor for \(rounded(ground.longestFlight, 1)) s, the person for \(human) s: "
                    + "is the floor of the file where it is taken to be?")
        }
        if let distance = report.collisionDistance, distance < -Bound.overlap {
            findings.append("two of the robot's bodies overlap by \(centimetres(-distance))")
        }
        if report.positionViolations + report.velocityViolations > 0 {
            findings.append(
                "joints leave their range in \(report.positionViolations) frames, and are too fast in "
                    + "\(report.velocityViolations)")
        }
        if report.accelerationShare > Bound.acceleration {
            findings.append("a joint accelerates at \(rounded(report.accelerationShare, 1)) times what it may")
        }
        if report.peakRootSpeed > Bound.rootSpeed {
            findings.append("the root moves at \(rounded(report.peakRootSpeed, 1)) m/s: a cut in the file?")
        }
        if report.unsolvedFrames > 0 { findings.append("\(report.unsolvedFrames) frames have no solution") }
    }

    private mutating func judge(
        _ share: LikenessReport.Share, _ place: String, _ bound: (mean: Double, p95: Double), _ all: LikenessReport
    ) {
        // A moment between two contacts is no motion to judge.
        guard share.frames >= 5 else { return }
        let degrees = 180 / Double.pi
        let isFar = share.mean * degrees > max(bound.mean, share.freeMean * degrees + Bound.free)
        let isWild = share.p95 * degrees > max(bound.p95, share.freeP95 * degrees + Bound.free)
        guard isFar || isWild else { return }
        findings.append(
            "limbs point \(rounded(share.mean * degrees, 1))° elsewhere than the person's"
                + "\(place.isEmpty ? "" : " \(place)"), 95 % within \(rounded(share.p95 * degrees, 1))° "
                + "(the joints alone would allow \(rounded(share.freeMean * degrees, 1))°); worst from "
                + "\(rounded(all.worstSecond, 1)) s on")
    }

    private func centimetres(_ metres: Double) -> String { "\(rounded(100 * metres, 1)) cm" }

    private func rounded(_ value: Double, _ digits: Int) -> Double {
        let unit = digits == 0 ? 1.0 : 10.0
        return (value * unit).rounded() / unit
    }
}
