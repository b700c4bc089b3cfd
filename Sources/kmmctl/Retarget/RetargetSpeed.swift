import Foundation
import HumanMotion
import Retargeting

/// How fast a motion was retargeted over and over, in processor time of one thread.
struct RetargetSpeed: Sendable {
    /// Of the whole clip at once.
    var framesPerSecond: Double
    /// Frame by frame, as live.
    var liveFramesPerSecond: Double
    /// 99th percentile of a live frame, milliseconds.
    var liveFrameP99: Double

    /// For people.
    var text: String {
        String(
            format:
                "speed                 %.0f frames/s, one thread\nlive                  %.0f frames/s, p99 %.3f ms",
            framesPerSecond, liveFramesPerSecond, liveFrameP99)
    }

    /// Retargets a clip over and over, as a whole and frame by frame.
    init(of retargeter: Retargeter, _ clip: HumanClip, repeats: Int) {
        let start = Self.processorTime()
        for _ in 0..<repeats { _ = retargeter.retarget(clip) }
        let whole = Self.processorTime() - start
        var times: [Double] = []
        times.reserveCapacity(repeats * clip.frames.count)
        for _ in 0..<repeats {
            var state = RetargetState(frameRate: clip.frameRate)
            for frame in clip.frames {
                let before = Self.processorTime()
                _ = retargeter.retarget(frame, state: &state)
                times.append(Self.processorTime() - before)
            }
        }
        let live = times.reduce(0, +)
        times.sort()
        framesPerSecond = Double(times.count) / whole
        liveFramesPerSecond = Double(times.count) / live
        liveFrameP99 = times[min(times.count * 99 / 100, times.count - 1)] * 1000
    }

    /// Processor time of this thread, seconds.
    static func processorTime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
