import Foundation
import Geometry
public import HumanBody
import HumanMotion
public import KMM
public import KMMEvaluation
public import MotionData

/// How well a tokenizer gives clips back.
public struct TokenizerEvaluation: Codable, Sendable {
    /// Mean joint position error of the rotations' forward kinematics, relative to the pelvis, millimetres.
    public var jointErrorMillimetres = 0.0
    /// Mean error of the world joint positions after each second of motion, root drift included, millimetres.
    public var worldErrorMillimetres = 0.0
    /// Mean angle between true and decoded joint rotations, degrees.
    public var rotationErrorDegrees = 0.0
    /// Third differences of the decoded joints over those of the data; 1 is as smooth as the data.
    public var jerkRatio = 0.0
    /// Third differences across the borders of tokens over those inside of them, of the decoded joints; the data's own is 1.
    public var borderJerkRatio = 0.0
    /// Sliding and sinking feet of the data and of what is decoded.
    public var recordedBody = BodyQuality([]), decodedBody = BodyQuality([])
    /// exp of the entropy of code use over the whole set, of each codebook.
    public var perplexity: [Float] = []
    /// Frames compared.
    public var frames = 0

    /// Frames that a clip needs to be scored: jerk takes four, and ends are cut to whole tokens.
    private static let shortest = 12

    /// Encodes and decodes the clips of one split whole, without mirrored copies.
    ///
    /// - Throws: `EmptySplit` when there is no clip to score.
    public init(
        of tokenizer: MotionTokenizer, on data: PreparedDataSet, split: DataSplit, limit: Int = .max
    ) throws(EmptySplit) {
        var (joint, world, rotation, jerk, trueJerk) = (0.0, 0.0, 0.0, 0.0, 0.0)
        var worldSamples = 0
        var codes = [[Int]](repeating: [], count: tokenizer.configuration.quantizers)
        let clips = data.clips.filter { $0.split == split && !$0.mirrored && $0.frameCount >= Self.shortest }
        guard !clips.isEmpty else { throw EmptySplit(split: split, needed: "\(Self.shortest) frames or more") }
        var both: (recorded: [HumanClip], decoded: [HumanClip]) = ([], [])
        for clip in clips.prefix(limit) {
            let length = clip.frameCount / MotionTokenizer.framesPerToken * MotionTokenizer.framesPerToken
            let raw = data.features(of: clip, 0..<length)
            let encoded = tokenizer.encode(raw).codes
            for layer in encoded.indices { codes[layer].append(contentsOf: encoded[layer]) }
            let truth = MotionFeatures(frameRate: 30, values: Array(raw)).clip().frames
            let decoded = MotionFeatures(frameRate: 30, values: tokenizer.decode(encoded)).clip().frames
            let a = truth.map(SMPLSkeleton.forwardKinematics)
            let b = decoded.map(SMPLSkeleton.forwardKinematics)
            for t in 0..<length {
                for j in HumanJoint.allCases {
                    // The heading drifts with the root; it is judged by the world error, not here.
                    let turn = { (p: [RigidTransform]) in
                        Quaternion(angle: -Self.heading(p[.pelvis].rotation), axis: Vector3(0, 1, 0))
                    }
                    let (u, v) = (turn(a[t]), turn(b[t]))
                    joint +=
                        (u.act(a[t][j].translation - a[t][.pelvis].translation)
                        - v.act(b[t][j].translation - b[t][.pelvis].translation)).length
                    let (p, q) =
                        j == .pelvis
                        ? (u * a[t][j].rotation, v * b[t][j].rotation)
                        : (truth[t].rotations[j], decoded[t].rotations[j])
                    rotation += (p.conjugate * q).angle
                    if t % 30 == 29 {
                        world += (a[t][j].translation - b[t][j].translation).length
                        worldSamples += 1
                    }
                }
            }
            both.recorded.append(HumanClip(frameRate: 30, frames: truth))
            both.decoded.append(HumanClip(frameRate: 30, frames: decoded))
            jerk += Self.jerk(decoded)
            trueJerk += Self.jerk(truth)
            frames += length
        }
        let samples = Double(frames * HumanJoint.count)
        jointErrorMillimetres = 1000 * joint / samples
        rotationErrorDegrees = rotation / samples * 180 / .pi
        worldErrorMillimetres = 1000 * world / Double(max(worldSamples, 1))
        jerkRatio = jerk / max(trueJerk, 1e-12)
        recordedBody = BodyQuality(both.recorded)
        decodedBody = BodyQuality(both.decoded)
        borderJerkRatio = Self.borderJerk(both.decoded) / max(Self.borderJerk(both.recorded), 1e-12)
        perplexity = codes.map { TokenizerTrainer.perplexity($0, codes: tokenizer.configuration.codes) }
    }

    /// Mean third difference whose middle lies on the border of two tokens over the mean of the others.
    private static func borderJerk(_ clips: [HumanClip]) -> Double {
        var (sums, counts) = ([0.0, 0.0], [0, 0])
        for clip in clips where clip.frames.count > 3 {
            for last in 3..<clip.frames.count {
                // The middle of frames last − 3 … last is before last − 1.
                let kind = (last - 1).isMultiple(of: MotionTokenizer.framesPerToken) ? 0 : 1
                sums[kind] += jerk(Array(clip.frames[(last - 3)...last]))
                counts[kind] += 1
            }
        }
        return (sums[0] / Double(max(counts[0], 1))) / max(sums[1] / Double(max(counts[1], 1)), 1e-12)
    }

    /// Sum over frames and joints of the length of the third difference of world positions, metres per frame³.
    public static func jerk(_ frames: [HumanFrame]) -> Double {
        let poses = frames.map(SMPLSkeleton.forwardKinematics)
        guard poses.count > 3 else { return 0 }
        return (3..<poses.count).reduce(0.0) { sum, t in
            sum
                + HumanJoint.allCases.reduce(0.0) { sum, j in
                    let recent = poses[t][j].translation - poses[t - 3][j].translation
                    let middle = poses[t - 2][j].translation - poses[t - 1][j].translation
                    return sum + (recent + middle * 3).length
                }
        }
    }

    /// Angle of the pelvis' facing direction about y, from +z.
    private static func heading(_ rotation: Quaternion) -> Double {
        let forward = rotation.act(Vector3(0, 0, 1))
        return atan2(forward.x, forward.z)
    }
}
