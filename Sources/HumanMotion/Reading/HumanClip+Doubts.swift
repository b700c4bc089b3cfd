import Geometry
import HumanBody

extension HumanClip {
    /// Speeds no person reaches: of the hips (m/s, a sprinter's) and of their turn (rad/s), over one frame.
    private static let greatest = (speed: 12.5, turn: 30.0)
    /// Feet are looked at while the hips go faster than this (m/s) and a sole is lower than this (m).
    private static let walking = (speed: 0.4, height: 0.03)
    /// Speed of what carries at which it slides, m/s, and as a share of the hips'.
    private static let sliding = (speed: 0.3, share: 0.3)

    /// What no person does, in sentences: signs of a wrong unit or frame rate, or of cuts in the file.
    func doubts() -> [String] {
        guard frames.count > 2 else { return [] }
        return [jumps(), slides()].compactMap { $0 }
    }

    private func jumps() -> String? {
        var found: [(frame: Int, way: Double)] = []
        for index in frames.indices.dropFirst() {
            let (before, now) = (frames[index - 1], frames[index])
            let way = (now.pelvis - before.pelvis).length
            let turn = (before.rotations[.pelvis].conjugate * now.rotations[.pelvis]).angle
            if way * frameRate > Self.greatest.speed || turn * frameRate > Self.greatest.turn {
                found.append((index, way))
            }
        }
        guard let first = found.first else { return nil }
        return "the person jumps by \(MotionFile.rounded(first.way)) m within a frame at "
            + "\(MotionFile.rounded(Double(first.frame) / frameRate)) s\(found.count > 1 ? " and \(found.count - 1) times more" : ""): "
            + "a cut in the file?"
    }

    private func slides() -> String? {
        var (feet, hips): ([Double], [Double]) = ([], [])
        var onTheSpot: [Double] = []
        var before: [RigidTransform] = []
        for frame in frames {
            let poses = SMPLSkeleton.forwardKinematics(frame)
            defer { before = poses }
            guard !before.isEmpty else { continue }
            func speed(_ joint: HumanJoint) -> Double {
                var way = poses[joint].translation - before[joint].translation
                way.y = 0
                return way.length * frameRate
            }
            let hip = speed(.pelvis)
            let soles = Side.both.flatMap { side in
                [
                    (side.ankle, poses[side.ankle].translation.y - SMPLFoot.ankleHeight(side)),
                    (side.toe, poses[side.toe].translation.y - SMPLFoot.toeHeight),
                ]
            }
            guard let low = soles.min(by: { $0.1 < $1.1 }), abs(low.1) < Self.walking.height else { continue }
            let foot = speed(low.0)
            if hip > Self.walking.speed {
                feet.append(foot)
                hips.append(hip)
            } else if foot > Self.walking.speed {
                onTheSpot.append(foot)
            }
        }
        if onTheSpot.count > 15, onTheSpot.count * 3 > frames.count {
            let foot = MotionFile.rounded(onTheSpot.sorted()[onTheSpot.count / 2])
            return
                "the person goes on the spot: the feet slide at \(foot) m/s where they carry, as on a treadmill, and the robot's do"
        }
        guard feet.count > 15, feet.count * 5 > frames.count else { return nil }
        let (foot, hip) = (feet.sorted()[feet.count / 2], hips.sorted()[hips.count / 2])
        guard foot > Self.sliding.speed, foot > Self.sliding.share * hip else { return nil }
        return
            "the feet slide at \(MotionFile.rounded(foot)) m/s where they carry, the hips go \(MotionFile.rounded(hip)): is the "
            + "way in another unit, or the frame rate another?"
    }
}
