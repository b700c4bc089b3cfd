import Geometry
import HumanBody
import HumanMotion

/// Takes the noise of measurement out of human motion, with no lag; clean motion stays as it is.
///
/// Noise shows in the fourth differences of the joints' rotations, which are small in most joints of any human motion. What
/// is noisy is replaced by the parabola through the frames around it (Savitzky and Golay, "Smoothing and differentiation
/// of data by simplified least squares procedures", 1964).
enum Denoiser {
    /// Frames to each side that the parabola is fitted to.
    static let reach = 4
    /// Lowest frame rate at which motion and noise can be told apart, Hz.
    static let rate = 25.0
    /// A joint is quiet while its fourth difference is no more than that of white noise of this size, rad ...
    private static let quiet = 0.007
    /// ... and the motion is as noisy as can be, or clean, where this share of them is quiet.
    private static let shares = (noisy: 0.13, clean: 0.25)

    /// The frames of a clip without their noise.
    static func clean(_ clip: HumanClip) -> [HumanFrame] {
        let noise = clip.frameRate >= rate ? noise(clip.frames) : 0
        guard noise > 0 else { return clip.frames }
        return clip.frames.indices.map { smooth($0, of: clip.frames, share: noise) }
    }

    /// How noisy frames are: 0 for clean ones, 1 for those with noise of about a degree.
    static func noise(_ frames: [HumanFrame]) -> Double {
        guard frames.count > 4 else { return 0 }
        // Differences of a quaternion are half those of the rotation; the squares of the coefficients sum to 70.
        let limit = 70 * quiet * quiet / 4
        var quietOnes = 0
        for t in 2..<(frames.count - 2) {
            for joint in HumanJoint.allCases {
                let middle = frames[t].rotations[joint]
                let inner = Near(frames[t - 1], joint, middle) + Near(frames[t + 1], joint, middle)
                let outer = Near(frames[t - 2], joint, middle) + Near(frames[t + 2], joint, middle)
                let difference = Near(middle) * 6 + inner * -4 + outer
                if difference.lengthSquared < limit { quietOnes += 1 }
            }
        }
        let share = Double(quietOnes) / Double((frames.count - 4) * HumanJoint.count)
        return min(max((shares.clean - share) / (shares.clean - shares.noisy), 0), 1)
    }

    /// Frame `t` smoothed by a share of 0 to 1, over as many frames on both sides as there are.
    private static func smooth(_ t: Int, of frames: [HumanFrame], share: Double) -> HumanFrame {
        let reach = min(reach, t, frames.count - 1 - t)
        guard reach > 1 else { return frames[t] }
        let n = Double(reach)
        let whole = (2 * n - 1) * (2 * n + 1) * (2 * n + 3) / 3
        func weight(_ offset: Int) -> Double {
            let own = (3 * n * n + 3 * n - 1 - 5 * Double(offset * offset)) / whole
            return share * own + (offset == 0 ? 1 - share : 0)
        }
        var frame = frames[t]
        frame.pelvis = .zero
        for offset in -reach...reach { frame.pelvis += frames[t + offset].pelvis * weight(offset) }
        for joint in HumanJoint.allCases {
            let middle = frames[t].rotations[joint]
            var sum = Near(middle) * 0
            for offset in -reach...reach { sum = sum + Near(frames[t + offset], joint, middle) * weight(offset) }
            frame.rotations[joint] = Quaternion(w: sum.w, x: sum.v.x, y: sum.v.y, z: sum.v.z).normalized
        }
        return frame
    }

    /// A quaternion as a vector, of the sign that is nearer to another.
    private struct Near {
        var w: Double
        var v: Vector3

        init(w: Double, v: Vector3) { (self.w, self.v) = (w, v) }

        init(_ q: Quaternion) { self.init(w: q.w, v: Vector3(q.x, q.y, q.z)) }

        init(_ frame: HumanFrame, _ joint: HumanJoint, _ other: Quaternion) {
            let q = frame.rotations[joint]
            let sign: Double = q.w * other.w + q.x * other.x + q.y * other.y + q.z * other.z < 0 ? -1 : 1
            self.init(w: sign * q.w, v: Vector3(q.x, q.y, q.z) * sign)
        }

        var lengthSquared: Double { w * w + v.lengthSquared }

        static func + (a: Near, b: Near) -> Near { Near(w: a.w + b.w, v: a.v + b.v) }
        static func * (a: Near, s: Double) -> Near { Near(w: a.w * s, v: a.v * s) }
    }
}
