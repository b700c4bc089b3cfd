import Geometry
import Glibc
import HumanBody
import HumanMotion
import KMM
import Planning
import Service
import TextEncoding

/// A body that stands upright and moves as simply as its prompt asks: enough to see which motion plays where.
///
/// "walk" glides along +z at 1 m/s, "step" also sets down a foot twice a second, "raise" turns the right shoulder at
/// 1 rad/s, anything else stands. What is "slow" takes a third of a second to make.
struct TestMotion: MotionSource {
    struct Stream: Sendable {
        var pelvis = Vector3(0, 0.95, 0)
        var shoulder = 0.0
        var text = ""
        var tokensLeft = 0
        var frame = 0
    }

    enum Failure: Error { case asked }

    func estimateDuration(of text: String) throws -> Double { 1 }

    func makeStream(seed: UInt64) -> Stream { Stream() }

    func seed(_ stream: inout Stream, with seed: UInt64) {}

    func vary(_ stream: inout Stream, by number: UInt64) {}

    func begin(_ segment: Action, options: SamplingOptions, in stream: inout Stream) throws {
        guard !segment.text.contains("fail") else { throw Failure.asked }
        stream.text = segment.text
        stream.tokensLeft = max(1, Int((segment.duration ?? 1) * 30 / 4))
    }

    func advance(_ stream: inout Stream, isHurried: Bool, isWanted: () -> Bool) throws -> [Token] {
        var tokens: [Token] = []
        if stream.text.contains("slow") { usleep(300_000) }
        while stream.tokensLeft > 0, tokens.count < 8 {
            let frames = (0..<4).map { _ in nextFrame(&stream) }
            stream.tokensLeft -= 1
            tokens.append((frames, stream))
        }
        return tokens
    }

    func tokensLeft(in stream: Stream) -> Int { stream.tokensLeft }

    private func nextFrame(_ stream: inout Stream) -> HumanFrame {
        stream.frame += 1
        if stream.text.contains("walk") || stream.text.contains("step") { stream.pelvis.z += 1.0 / 30 }
        if stream.text.contains("raise") { stream.shoulder = min(stream.shoulder + 1.0 / 30, 1) }
        var rotations = SMPLSkeleton.restRotations
        // Arms down, the right one as far up as it was raised.
        rotations[.leftShoulder] = Quaternion(angle: -1.2, axis: Vector3(0, 0, 1))
        rotations[.rightShoulder] = Quaternion(angle: 1.2 - stream.shoulder, axis: Vector3(0, 0, 1))
        let isLeftUp = stream.text.contains("step") && stream.frame % 30 < 8
        let isRightUp = stream.text.contains("step") && (15..<23).contains(stream.frame % 30)
        let (left, right): (Double, Double) =
            stream.text.contains("step") ? (isLeftUp ? 0 : 1, isRightUp ? 0 : 1) : (0, 0)
        return HumanFrame(
            pelvis: stream.pelvis, rotations: rotations,
            contacts: FootContacts(leftAnkle: left, leftToe: left, rightAnkle: right, rightToe: right))
    }
}
