import ArgumentParser
import Foundation
import HumanMotion

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
    @Option(help: "Metres in a unit of a BVH file; guessed from the legs when not given.")
    var metresPerUnit: Double?
    @Option(help: "Your own SMPL, SMPL-H or SMPL-X model (.npz), for the shape of the body.")
    var smplModel: String?

    func validate() throws {
        guard rate > 0, rate <= 1000 else { throw ValidationError("--rate has to lie in 0 to 1000") }
        if let inputRate, !(1...1000).contains(inputRate) {
            throw ValidationError("--input-rate has to lie in 1 to 1000")
        }
        if let metresPerUnit, !(metresPerUnit > 0) { throw ValidationError("--metres-per-unit has to be above 0") }
        _ = try overrides
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

    /// What `MotionFile` has to know; reads the body model.
    func options() throws -> MotionFile.Options {
        var options = MotionFile.Options()
        options.frameRate = rate
        options.inputRate = inputRate
        options.map = try overrides
        options.metresPerUnit = metresPerUnit
        do { options.model = try smplModel.map { path throws(SMPLModel.Failure) in try SMPLModel(path: path) } } catch {
            throw ControlError.badInput("\(error)")
        }
        return options
    }
}
