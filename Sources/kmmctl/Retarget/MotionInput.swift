public import ArgumentParser
import Foundation
import Geometry
public import HumanMotion

/// How human motion is read: what files do not tell, or tell wrongly.
struct MotionInput: ParsableArguments {
    @Option(help: "Frames per second of the output.")
    var rate = 30.0
    @Option(help: "Frames per second of the input, when the file tells it wrongly or not at all.")
    var inputRate: Double?
    @Option(
        help: ArgumentHelp(
            "Joint of a BVH file for a joint of SMPL, such as left_hip=Thigh_L.", valueName: "part=joint"))
    var map: [String] = []
    @Option(
        help: ArgumentHelp(
            "Unit of lengths: m, cm, mm, inch, or metres as a number; found from legs and heights when not given.",
            valueName: "unit"))
    var units: String?
    @Option(help: .hidden)
    var metresPerUnit: Double?
    @Option(help: ArgumentHelp("Axis of the file that is up: x, y, z, -x, -y or -z.", valueName: "axis"))
    var up: WorldAxis?
    @Option(help: ArgumentHelp("Axis of the file that comes to lie ahead of the robot.", valueName: "axis"))
    var front: WorldAxis?
    @Option(
        help: ArgumentHelp(
            "Height of the floor in metres over the file's origin, or fixed: found once, though it seems to drift.",
            valueName: "height"))
    var floor: String?
    @Option(
        help: ArgumentHelp(
            "A .bvh of the same skeleton whose first frame is the T or A pose, where the file's own rest pose is none.",
            valueName: "bvh"), completion: .file(extensions: ["bvh"]))
    var rest: String?
    @Option(
        help: ArgumentHelp(
            "The files are motions of this robot (.csv of LAFAN1 or Kimodo, .npz), not of people.", valueName: "robot"))
    var fromRobot: String?
    @Option(help: "Your own SMPL, SMPL-H or SMPL-X model (.npz), for the shape of the body.")
    var smplModel: String?

    func validate() throws {
        guard rate > 0, rate <= 1000 else { throw ValidationError("--rate has to lie in 0 to 1000") }
        if let inputRate, !(1...1000).contains(inputRate) {
            throw ValidationError("--input-rate has to lie in 1 to 1000")
        }
        if let up, let front, abs(up.direction.dot(front.direction)) > 0.5 {
            throw ValidationError("--up and --front have to be different axes")
        }
        _ = try (overrides, metres, floorOption)
    }

    private var overrides: [String: String] {
        get throws {
            try map.reduce(into: [:]) { parts, word in
                let pair = word.split(separator: "=", maxSplits: 1).map(String.init)
                guard pair.count == 2 else { throw ValidationError("--map takes part=joint, not \(word)") }
                parts[pair[0]] = pair[1]
            }
        }
    }

    private var metres: Double? {
        get throws {
            guard let units else { return metresPerUnit }
            let known = ["m": 1.0, "cm": 0.01, "mm": 0.001, "inch": 0.0254, "in": 0.0254, "ft": 0.3048]
            guard let metres = known[units.lowercased()] ?? Double(units), metres > 0, metres.isFinite else {
                throw ValidationError("--units takes m, cm, mm, inch or metres as a number, not \(units)")
            }
            return metres
        }
    }

    private var floorOption: MotionFile.Floor {
        get throws {
            guard let floor else { return .found }
            if floor == "fixed" { return .fixed }
            guard let height = Double(floor), height.isFinite else {
                throw ValidationError("--floor takes a height in metres or fixed, not \(floor)")
            }
            return .at(height)
        }
    }

    /// What reads the files.
    func loader(profiles: String?) throws -> MotionLoader {
        MotionLoader(options: try options(), robot: try fromRobot.map { try findProfile($0, in: profiles) })
    }

    /// What `MotionFile` has to know; reads the body model.
    private func options() throws -> MotionFile.Options {
        var options = MotionFile.Options()
        options.frameRate = rate
        options.inputRate = inputRate
        options.map = try overrides
        options.metresPerUnit = try metres
        options.up = up
        options.front = front
        options.floor = try floorOption
        options.rest = rest
        do { options.model = try smplModel.map { path throws(SMPLModel.Failure) in try SMPLModel(path: path) } } catch {
            throw ControlError.badInput("\(error)")
        }
        return options
    }
}

extension WorldAxis: ExpressibleByArgument {}
