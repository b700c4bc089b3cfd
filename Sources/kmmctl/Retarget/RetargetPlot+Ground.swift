import Drawing
import Geometry
import Retargeting
import Robots

extension RetargetPlot {
    /// A point this near to the floor touches it, m.
    private static let touch = 0.015

    /// Points of soles and capsules with their heights over the floor, of the configuration set last.
    private func surface() -> [(place: Vector3, height: Double)] {
        func points(_ body: String, _ places: [Vector3], _ radius: Double) -> [(place: Vector3, height: Double)] {
            guard let index = workspace.tree.index(ofBody: body) else { return [] }
            let pose = workspace.pose(ofBody: index)
            return places.map(pose.act).map { ($0, $0.z - radius) }
        }
        let feet = profile.feet?.both ?? []
        return feet.flatMap { points($0.body, $0.sole, 0) }
            + profile.collision.capsules.filter { capsule in !feet.contains { $0.body == capsule.body } }
            .flatMap { points($0.body, [$0.from, $0.to], $0.radius) }
    }

    /// Marks what of the robot touches the floor.
    mutating func drawTouches(_ configuration: RobotConfiguration, _ heading: Double, _ x: Double, _ floor: Double) {
        workspace.update(configuration)
        let root = configuration.rootPosition
        for point in surface() where point.height < Self.touch {
            let across = x + Self.sideways(point.place - root, heading) * Self.pixelsPerMetre
            drawing.box(across - 2, floor - 2, 4, 4, point.height < -0.01 ? Colour.alarm : Colour.ink)
        }
    }

    /// The robot's lowest point over time, and when other parts than soles carry.
    mutating func drawGround() {
        let lowest = motion.frames.map { frame in
            workspace.update(frame.configuration)
            return surface().map(\.height).min() ?? 0
        }
        let highest = 0.1
        let (top, tall) = (drawing.height + 14, 60.0)
        func height(_ value: Double) -> Double {
            top + tall - (min(max(value, -0.05), highest) + 0.05) / (highest + 0.05) * tall
        }
        drawing.text(
            "lowest point of the robot over the floor, m (bar: other parts than soles carry; red: support not known)",
            Self.margin, top - 3, Colour.quiet)
        let step = inner / Double(max(motion.frames.count, 1))
        for (index, frame) in motion.frames.enumerated() {
            guard frame.quality.rest > 0.5 || !frame.quality.isSupportKnown else { continue }
            let colour = frame.quality.isSupportKnown ? Colour.trunk : Colour.alarm
            drawing.box(Self.margin + Double(index) * step, top + tall, step + 0.3, 6, colour)
        }
        drawing.path([(Self.margin, height(0)), (drawing.width - Self.margin, height(0))], Colour.faint)
        for mark in [-0.05, 0, highest] {
            let text = "\(mark)"
            drawing.text(text, Self.margin - 6, height(mark) + 4, Colour.quiet, size: 9, anchor: "end")
        }
        drawing.path(curve(lowest, height), Colour.ink, width: 1.6)
        drawing.height = top + tall + 22
    }
}
