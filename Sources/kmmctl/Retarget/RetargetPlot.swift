import Drawing
import Foundation
import Geometry
import HumanBody
import HumanMotion
import Retargeting
import Robots

/// A picture of a retargeted motion: the robot beside the human, its feet over the floor, its joints between their limits.
struct RetargetPlot {
    enum Colour {
        static let left = "#1f6fd0"
        static let right = "#e2640f"
        static let trunk = "#39424e"
        static let quiet = "#8b94a0"
        static let faint = "#d9d6cd"
        static let ink = "#22272e"
        static let alarm = "#d11f3a"
    }

    static let margin = 40.0
    private static let figures = 7
    static let pixelsPerMetre = 112.0
    /// Points of a curve.
    private static let resolution = 500

    let clip: HumanClip
    let motion: RobotMotion
    let profile: RobotProfile
    let workspace: KinematicWorkspace
    /// By body: left or right of the middle while the robot stands.
    private let colours: [String: String]
    var drawing = SVGDrawing(width: 1240)
    var inner: Double { drawing.width - 2 * Self.margin }
    private var duration: Double { Double(max(motion.frames.count - 1, 1)) / motion.frameRate }

    /// The text of the picture.
    var svg: String { drawing.svg }

    init(_ clip: HumanClip, _ motion: RobotMotion, _ profile: RobotProfile, title: String) throws {
        self.clip = clip
        self.motion = motion
        self.profile = profile
        workspace = KinematicWorkspace(try KinematicTree(profile))
        let stand = profile.standPose
        workspace.update(stand)
        var colours: [String: String] = [:]
        for body in profile.bodies {
            guard let index = workspace.tree.index(ofBody: body.name) else { continue }
            let place = workspace.pose(ofBody: index).translation - stand.rootPosition
            let y = profile.orientation(ofRoot: stand.rootRotation).conjugate.act(place).y
            colours[body.name] = y > 0.02 ? Colour.left : y < -0.02 ? Colour.right : Colour.trunk
        }
        self.colours = colours
        let length = String(format: "%d frames at %g Hz, %.1f s", motion.frames.count, motion.frameRate, duration)
        drawing.text("\(title) on \(profile.displayName)", Self.margin, 30, Colour.ink, size: 17, bold: true)
        drawing.text(length, drawing.width - Self.margin, 30, Colour.quiet, anchor: "end")
        drawing.height = 44
        drawFigures()
        drawFeet()
        drawGround()
        drawJoints()
        drawing.height += 20
    }

    // MARK: Figures

    private mutating func drawFigures() {
        let top = drawing.height
        let floor = top + 1.95 * Self.pixelsPerMetre
        let column = inner / Double(Self.figures)
        let last = motion.frames.count - 1
        drawing.path([(Self.margin, floor), (drawing.width - Self.margin, floor)], Colour.faint, width: 2)
        let frames = (0..<Self.figures).map { last * $0 / (Self.figures - 1) }
        let heading = clip.frames.first?.heading ?? 0
        for (place, index) in frames.enumerated() {
            guard index < clip.frames.count else { continue }
            let centre = Self.margin + (Double(place) + 0.5) * column
            let human = humanBones(clip.frames[index])
            let robot = robotBones(motion.frames[index].configuration)
            for (bones, x, width) in [(human, centre - column * 0.22, 2.0), (robot, centre + column * 0.22, 3.2)] {
                let root = bones.first?.start ?? .zero
                for bone in bones {
                    let ends = [bone.start, bone.end].map { point in
                        (
                            x + Self.sideways(point - root, heading) * Self.pixelsPerMetre,
                            floor - point.z * Self.pixelsPerMetre
                        )
                    }
                    drawing.path(ends, bone.colour, width: width, opacity: width < 3 ? 0.55 : 1)
                }
            }
            drawTouches(motion.frames[index].configuration, heading, centre + column * 0.22, floor)
            drawing.text(
                String(format: "%.1f s", Double(index) / motion.frameRate), centre, floor + 18, Colour.quiet,
                anchor: "middle")
        }
        drawing.text(
            "human (thin) and robot (dots: what touches the floor), seen from ahead and to the right of the first heading",
            Self.margin, floor + 36,
            Colour.quiet)
        drawing.height = floor + 52
    }

    private struct Bone {
        var start: Vector3
        var end: Vector3
        var colour: String
    }

    /// Place across the picture of a point of the robot's world, seen level from 50 degrees to the right of straight ahead.
    static func sideways(_ point: Vector3, _ heading: Double) -> Double {
        let view = heading - 50 * .pi / 180
        return -sin(view) * point.x + cos(view) * point.y
    }

    private func humanBones(_ frame: HumanFrame) -> [Bone] {
        // SMPL: x left, y up, z ahead.
        let points = SMPLSkeleton.forwardKinematics(frame).map { pose in
            Vector3(pose.translation.z, pose.translation.x, pose.translation.y)
        }
        return HumanJoint.bones.map { parent, joint in
            let colour =
                switch joint.side {
                case .left: Colour.left
                case .right: Colour.right
                case nil: Colour.trunk
                }
            return Bone(start: points[parent], end: points[joint], colour: colour)
        }
    }

    private func robotBones(_ configuration: RobotConfiguration) -> [Bone] {
        workspace.update(configuration)
        func place(_ name: String) -> Vector3? {
            workspace.tree.index(ofBody: name).map { workspace.pose(ofBody: $0).translation }
        }
        var bones: [Bone] = []
        for body in profile.bodies {
            guard let parent = body.parent, let start = place(parent), let end = place(body.name) else { continue }
            if (end - start).length > 1e-3 || bones.isEmpty {
                bones.append(Bone(start: start, end: end, colour: colours[body.name] ?? Colour.trunk))
            }
        }
        for foot in profile.feet?.both ?? [] {
            guard let body = workspace.tree.index(ofBody: foot.body) else { continue }
            let pose = workspace.pose(ofBody: body)
            let colour = colours[foot.body] ?? Colour.trunk
            bones.append(Bone(start: pose.translation, end: pose.act(foot.heel), colour: colour))
            bones.append(Bone(start: pose.act(foot.heel), end: pose.act(foot.toe), colour: colour))
            bones.append(Bone(start: pose.act(foot.toe), end: pose.translation, colour: colour))
        }
        return bones
    }

    // MARK: Feet

    private mutating func drawFeet() {
        guard let feet = profile.feet?.both else { return }
        var soles = [[Double]](repeating: [], count: 2)
        for frame in motion.frames {
            workspace.update(frame.configuration)
            for (side, foot) in feet.enumerated() {
                guard let body = workspace.tree.index(ofBody: foot.body) else { continue }
                let pose = workspace.pose(ofBody: body)
                soles[side].append((foot.sole + [foot.heel, foot.toe]).map { pose.act($0).z }.min() ?? 0)
            }
        }
        let human = clip.frames.map { frame in
            let poses = SMPLSkeleton.forwardKinematics(frame)
            return Side.both.map { side in
                min(
                    poses[side.ankle].translation.y - SMPLFoot.ankleHeight(side),
                    poses[side.toe].translation.y - SMPLFoot.toeHeight)
            }
        }
        // A kick leaves the picture, so that steps stay visible.
        let highest = min(max(0.1, (soles.flatMap { $0 } + human.flatMap { $0 }).max() ?? 0), 0.3)
        for (side, name, colour) in [(0, "left", Colour.left), (1, "right", Colour.right)] {
            let (top, tall) = (drawing.height + 14, 84.0)
            let scale = tall / (highest + 0.02)
            func height(_ value: Double) -> Double { top + tall - (min(value, highest) + 0.02) * scale }
            drawing.text(
                "\(name) sole over the floor, m (dashed: the human's; bar: stands)", Self.margin, top - 3, Colour.quiet)
            for (index, frame) in motion.frames.enumerated() {
                let stands = (side == 0 ? frame.contacts.left : frame.contacts.right) > 0.5
                if stands {
                    let step = inner / Double(max(motion.frames.count, 1))
                    drawing.box(Self.margin + Double(index) * step, top + tall, step + 0.3, 6, colour)
                }
            }
            drawing.path([(Self.margin, height(0)), (drawing.width - Self.margin, height(0))], Colour.faint)
            for mark in [0, (highest * 10).rounded(.down) / 10] {
                drawing.text(
                    String(format: "%g", mark), Self.margin - 6, height(mark) + 4, Colour.quiet, size: 9, anchor: "end")
            }
            drawing.path(curve(human.map { $0[side] }, height), Colour.quiet, dashed: true)
            drawing.path(curve(soles[side], height), colour, width: 1.6)
            drawing.height = top + tall + 12
        }
        drawing.height += 10
    }

    /// Points of a curve over the whole width, or a part of it.
    func curve(
        _ values: [Double], _ height: (Double) -> Double, left: Double = margin, width: Double? = nil
    ) -> [(Double, Double)] {
        let step = max(values.count / Self.resolution, 1)
        let last = Double(max(values.count - 1, 1))
        return stride(from: 0, to: values.count, by: step).map { index in
            (left + Double(index) / last * (width ?? inner), height(values[index]))
        }
    }

    // MARK: Joints

    private mutating func drawJoints() {
        drawing.text(
            "joints between their limits, rad (dashed: limits; red: at a limit, or faster than allowed)", Self.margin,
            drawing.height + 4, Colour.quiet)
        drawing.height += 14
        let columns = 4
        let gap = 46.0
        let width = (inner - gap * Double(columns - 1)) / Double(columns)
        let tall = 62.0
        let start = drawing.height
        for (joint, limit) in profile.jointLimits.enumerated() {
            let left = Self.margin + Double(joint % columns) * (width + gap)
            let top = start + Double(joint / columns) * (tall + 30) + 16
            let values = motion.frames.map { $0.configuration.jointPositions[joint] }
            let low = limit.lower.isFinite ? limit.lower : min(values.min() ?? 0, -1)
            let high = limit.upper.isFinite ? limit.upper : max(values.max() ?? 0, 1)
            func height(_ value: Double) -> Double { top + tall - (value - low) / max(high - low, 1e-6) * tall }
            drawing.text(motion.jointNames[joint], left, top - 4, Colour.ink, size: 10)
            for (bound, end) in [(low, limit.lower), (high, limit.upper)] {
                drawing.path(
                    [(left, height(bound)), (left + width, height(bound))], Colour.faint, dashed: end.isFinite)
                drawing.text(
                    String(format: "%.1f", bound), left - 4, height(bound) + 3, Colour.quiet, size: 8, anchor: "end")
            }
            let colour = colours[profile.drivenJoints[joint].body] ?? Colour.trunk
            drawing.path(curve(values, height, left: left, width: width), colour, width: 1.4)
            for index in values.indices {
                let atLimit = min(values[index] - limit.lower, limit.upper - values[index]) < 0.00873
                let speed = index > 0 ? abs(values[index] - values[index - 1]) * motion.frameRate : 0
                guard atLimit || speed > limit.velocity * (1 + 1e-6) else { continue }
                let x = left + Double(index) / Double(max(values.count - 1, 1)) * width
                drawing.box(x - 0.8, height(values[index]) - 1.6, 1.6, 3.2, Colour.alarm)
            }
        }
        let rows = (profile.jointLimits.count + columns - 1) / columns
        drawing.height = start + Double(rows) * (tall + 30) + 10
    }
}
