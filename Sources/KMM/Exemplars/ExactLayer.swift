import Geometry
import HumanBody
import HumanMotion

/// What of a stream is shown as it was recorded, in place of what is decoded: the whole body and its way over the floor.
///
/// The tokens below it are those of the same motion, so that the networks know what was done and go on from it. Where the
/// recorded motion begins, the body goes over from the decoded one; where it ends, the decoded one is put where the body is
/// and what is left between them wears off.
struct ExactLayer: Sendable {
    private struct Track {
        let frames: [HumanFrame]
        /// The frame of the stream at which it begins.
        let start: Int
        /// Puts the frames where the stream is.
        var placement: FloorPlacement?
    }

    /// Frames in which the body goes over to what was recorded.
    private static let blend = 10

    /// Puts what is decoded where the body is.
    private var placement = FloorPlacement()
    private var track: Track?
    private var offset: PoseOffset?
    private var last: (decoded: HumanFrame, shown: HumanFrame)?

    /// Ends what is shown and shows another motion, or none, from a frame of the stream on.
    mutating func follow(_ motion: ExactMotion?, from start: Int) {
        leave()
        track = motion.map { Track(frames: $0.frames(), start: start, placement: nil) }
    }

    /// The frame that is shown for a decoded one.
    mutating func shown(_ decoded: HumanFrame, at index: Int) -> HumanFrame {
        if let track, index >= track.start + track.frames.count { leave() }
        var frame = placement.placed(decoded)
        if var offset {
            frame = offset.next(over: frame)
            self.offset = offset.isOver ? nil : offset
        }
        if var track, index >= track.start {
            let place = index - track.start
            let here = track.placement ?? FloorPlacement(moving: track.frames[place], onto: frame)
            track.placement = here
            self.track = track
            let share = smoothStep(Double(place + 1) / Double(Self.blend))
            let recorded = here.placed(track.frames[place])
            frame = (share < 1 ? frame.mixed(with: recorded, share) : recorded).aligned(with: last?.shown ?? frame)
        }
        last = (decoded, frame)
        return frame
    }

    private mutating func leave() {
        defer { track = nil }
        guard track?.placement != nil, let last else { return }
        placement = FloorPlacement(moving: last.decoded, onto: last.shown)
        offset = PoseOffset(from: placement.placed(last.decoded), to: last.shown)
    }
}

extension HumanFrame {
    /// The same with the quaternions' signs of another frame.
    fileprivate func aligned(with other: HumanFrame) -> HumanFrame {
        var aligned = self
        for joint in HumanJoint.allCases {
            aligned.rotations[joint] = rotations[joint].aligned(with: other.rotations[joint])
        }
        return aligned
    }
}
