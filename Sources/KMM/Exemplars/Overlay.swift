import Geometry
import HumanBody

/// What arms or head do while the rest of the body does something else.
struct Overlay: Sendable {
    private let limbs: LimbMotion
    /// The frame of the stream at which it begins …
    private let start: Int
    /// … and the one before which it ends.
    private(set) var end: Int

    /// Frames in which the joints go over to the overlay, and back at its end.
    private static let blend = 10

    /// The parts of an exemplar that show it, from a frame of the stream on.
    init(_ exemplar: Exemplar, from start: Int, to end: Int, tokenizer: MotionTokenizer) {
        limbs =
            exemplar.limbs
            ?? LimbMotion(
                joints: exemplar.parts.flatMap(\.joints),
                of: exemplar.exact?.frames() ?? Guide.frames(of: exemplar.codes, tokenizer: tokenizer))
        (self.start, self.end) = (start, min(end, start + limbs.frameCount))
    }

    /// Ends it soon after a frame of the stream.
    mutating func end(after frame: Int) { end = min(end, frame + Self.blend) }

    /// Lays it over a frame of the stream.
    func lay(over frame: inout HumanFrame, at index: Int) {
        let place = index - start
        guard place >= 0, index < end else { return }
        let smooth = smoothStep(Double(min(place + 1, end - index)) / Double(Self.blend))
        for (joint, rotation) in zip(limbs.joints, limbs.rotations(at: place)) {
            let own = frame.rotations[joint]
            frame.rotations[joint] = own.slerp(to: rotation.aligned(with: own), smooth)
        }
    }
}

extension Exemplar.Part {
    /// The joints that it takes.
    var joints: [HumanJoint] {
        switch self {
        case .leftArm: [.leftCollar, .leftShoulder, .leftElbow, .leftWrist]
        case .rightArm: [.rightCollar, .rightShoulder, .rightElbow, .rightWrist]
        case .head: [.neck, .head]
        }
    }
}
