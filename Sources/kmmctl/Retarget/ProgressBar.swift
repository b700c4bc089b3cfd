import Foundation
import Synchronization

/// One line on a terminal that says how far many files have come; silent elsewhere.
final class ProgressBar: Sendable {
    private struct State {
        var done = 0
        var failed = 0
        var frames = 0
        var shown: ContinuousClock.Instant?
    }

    private let state = Mutex(State())
    private let start = ContinuousClock.now
    private let isVisible = isatty(STDERR_FILENO) == 1

    /// Counts a file, and draws at most ten times a second.
    func advance(of total: Int, frames: Int, failed: Bool) {
        state.withLock { state in
            state.done += 1
            state.failed += failed ? 1 : 0
            state.frames += frames
            let now = ContinuousClock.now
            guard isVisible else { return }
            if state.done < total, let shown = state.shown, shown.duration(to: now) < .milliseconds(100) { return }
            state.shown = now
            draw(state, total, start.duration(to: now))
        }
    }

    private func draw(_ state: State, _ total: Int, _ elapsed: Duration) {
        let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
        let share = Double(state.done) / Double(total)
        let filled = Int(share * 30)
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: 30 - filled)
        let left = seconds / max(share, 1e-9) * (1 - share)
        let speed = Int(Double(state.frames) / max(seconds, 1e-9))
        var line = "\r[\(bar)] \(state.done)/\(total)  \(speed) frames/s  \(Self.time(left)) left"
        if state.failed > 0 { line += "  \(state.failed) failed" }
        line += "\u{1B}[K"
        if state.done == total { line += "\n" }
        FileHandle.standardError.write(Data(line.utf8))
    }

    private static func time(_ seconds: Double) -> String {
        let whole = Int(seconds.rounded())
        return String(format: "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60)
    }
}
