import Geometry

/// A jerk-limited way to another pose and back again, all coordinates in step. Planned again without allocating.
struct RampMotion: Sendable {
    private var ramp: RampTrajectory
    private var start: [CurvePoint]
    private var half: Int64 = 0

    /// Frames there and back.
    var frames: Int64 { 2 * half }

    /// A way that leads nowhere.
    init(dimension: Int) {
        ramp = RampTrajectory(dimension: dimension)
        start = Array(repeating: CurvePoint(value: 0), count: dimension)
    }

    /// Plans a way from where the coordinates rest; nil in the target leaves a coordinate where it is.
    mutating func plan(from states: [AxisState], to target: [Double?], within limits: [AxisLimits]) {
        for index in start.indices { start[index] = CurvePoint(value: states[index].position) }
        ramp.plan(from: start, within: limits, to: target)
        half = max(1, Int64(ramp.duration.rounded(.up)))
    }

    /// Values and slopes after so many frames; the way back is the way there in reverse.
    func sample(_ frame: Int64, values: inout [Double], slopes: inout [Double]) {
        let isBack = frame > half
        let time = Double(isBack ? max(2 * half - frame, 0) : frame)
        let progress = ramp.progress(at: time)
        for index in values.indices {
            let point = ramp(index, at: time, progress: progress)
            values[index] = point.value
            slopes[index] = isBack ? -point.velocity : point.velocity
        }
    }
}
