/// The waiting before and after a recorded action, which its caption does not speak of: a robot that is told to dance should
/// not stand for nine seconds first.
enum IdleEnds {
    /// Frames of waiting that stay at either end.
    private static let kept = 15
    /// Frames of an action that are worth a caption.
    private static let least = 20

    /// The captions on what moves alone; those that speak of standing as they are.
    static func trimmed(_ captions: [PreparedCaption], course: RootCourse) -> [PreparedCaption] {
        captions.map { caption in
            let all = caption.firstFrame..<min(caption.firstFrame + caption.frameCount, course.count)
            let text = caption.text.lowercased()
            guard !text.contains("stand"), !text.contains("still"), let first = all.first(where: course.moves),
                let last = all.last(where: course.moves), last - first >= least
            else { return caption }
            var trimmed = caption
            trimmed.firstFrame = max(first - kept, all.lowerBound)
            trimmed.frameCount = min(last + 1 + kept, all.upperBound) - trimmed.firstFrame
            return trimmed
        }
    }
}

extension RootCourse {
    /// Whether a joint is faster than those of a body that waits.
    fileprivate func moves(_ frame: Int) -> Bool { liveliness[frame] > 0.35 }
}
