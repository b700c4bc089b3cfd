import Foundation
import HumanMotion
import Tensors

/// Reads a human motion at a frame rate, on the floor y = 0 and with foot contacts.
func readHumanMotion(_ input: String, frameRate rate: Double) throws -> HumanClip {
    do {
        switch URL(filePath: input).pathExtension.lowercased() {
        case "bvh":
            let bytes = try [UInt8](Data(contentsOf: URL(filePath: input)))
            return try SMPLConversion(BVH(bytes)).clip(frameRate: rate)
        case "npz":
            var clip = try AMASS.read(path: input)
            if clip.frameRate != rate { clip = clip.resampled(to: rate) }
            clip.standOnFloor()
            if clip.frames.allSatisfy({ $0.contacts == .none }) { clip.detectContacts() }
            return clip
        default: throw ControlError.badInput("\(input): neither .npz nor .bvh")
        }
    } catch AMASS.Failure.array(let error) {
        // It names the file itself.
        throw ControlError.badInput("\(error)")
    } catch let error as BVHError {
        throw ControlError.badInput("\(input): \(error)")
    } catch let error as CocoaError {
        throw ControlError.badInput("\(input): \(error.localizedDescription)")
    } catch let error as ControlError {
        throw error
    } catch {
        throw ControlError.badInput("\(input): \(error)")
    }
}
