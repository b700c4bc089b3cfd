import Foundation
import Geometry
import HumanBody
import HumanMotion
import Tensors
import Testing

@Suite("AMASS")
struct AMASSTests {
    @Test("written and read again a clip is the same", arguments: Motions.fixtures, [false, true])
    func roundTrip(name: String, hands: Bool) throws {
        var clip = try Motions.clip(name)
        clip.text = "a person moves – über die Straße"
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).npz").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try AMASS.write(clip, path: path, hands: hands)
        let back = try AMASS.read(path: path)
        #expect(back.text == clip.text)
        #expect(back.frameRate == clip.frameRate)
        #expect(back.frames.count == clip.frames.count)
        for (a, b) in zip(clip.frames, back.frames) {
            #expect((a.pelvis - b.pelvis).length < 1e-12)
            #expect(a.contacts == b.contacts)
            for (p, q) in zip(a.rotations, b.rotations) { #expect((p * q.conjugate).angle < 1e-7) }
        }
        #expect(try NPZ(path: path).array("poses").shape == [clip.frames.count, hands ? 156 : 66])
    }

    @Test("a standing body at the origin has AMASS's numbers: z up, facing -y, J0 not turned")
    func golden() throws {
        // Upright and facing +z here is a quarter turn about x there.
        let standing = HumanFrame(
            pelvis: Vector3(0, 0.94, 0), rotations: SMPLSkeleton.restRotations)
        let arrays = AMASS.arrays(HumanClip(frameRate: 30, frames: [standing]))
        let poses = try arrays.doubles("poses", shape: [1, 66])
        for (value, expected) in zip(poses, [Double.pi / 2, 0, 0, 0]) { #expect(abs(value - expected) < 1e-12) }
        let trans = try arrays.doubles("trans", shape: [1, 3])
        for (value, expected) in zip(trans, [0.001795, 0.223333, 0.94 - 0.028219]) {
            #expect(abs(value - expected) < 1e-12)
        }
        // SMPL's own kinematics on these numbers: pelvis = J0 + trans, head straight above it along z, facing -y.
        let turn = Quaternion(rotationVector: Vector3(poses[0], poses[1], poses[2]))
        #expect((turn.act(Vector3(0, 1, 0)) - Vector3(0, 0, 1)).length < 1e-12)
        #expect((turn.act(Vector3(0, 0, 1)) - Vector3(0, -1, 0)).length < 1e-12)
        #expect(try arrays.doubles("betas") == Array(repeating: 0, count: 16))
        #expect(try arrays.string("gender") == "male")
    }

    @Test("a file of the other name for the frame rate, and without contacts and text, is read")
    func others() throws {
        let clip = try Motions.clip("walk")
        var arrays = AMASS.arrays(clip, hands: true)
        arrays.arrays["mocap_framerate"] = nil
        arrays.arrays["mocap_frame_rate"] = NPYArray(shape: [], .int64([30]))
        arrays.arrays["contacts"] = nil
        arrays.arrays["text"] = nil
        let back = try AMASS.clip(arrays)
        #expect(back.frameRate == 30)
        #expect(back.text.isEmpty)
        #expect(back.frames.map(\.contacts) == clip.frames.map(\.contacts))
    }

    @Test("what is missing or broken is said")
    func failures() throws {
        let good = AMASS.arrays(try Motions.clip("walk"))
        let frames = try good.array("trans").shape[0]
        func failure(_ name: String, _ array: NPYArray?) -> AMASS.Failure? {
            var arrays = good
            arrays.arrays[name] = array
            do throws(AMASS.Failure) {
                _ = try AMASS.clip(arrays)
                return nil
            } catch { return error }
        }
        #expect(failure("mocap_framerate", nil) == .noFrameRate)
        if case .array(let error) = failure("poses", nil) {
            #expect(error.kind == .missing)
            #expect(error.entry == "poses")
        } else {
            Issue.record("poses")
        }
        // Feet carry a body whose path is not told.
        #expect(failure("trans", nil) == nil)
        let rootless = failure("poses", NPYArray(shape: [2, 63], .float32(Array(repeating: 0, count: 126))))
        #expect(rootless?.description.contains("root_orient") == true)
        #expect(
            failure("trans", NPYArray(shape: [1, 3], .float32([0, 0, 0]))) == .frameCount(poses: frames, other: 1))
        #expect(failure("mocap_framerate", NPYArray(0)) == .frameRate(0))
        var values = try good.doubles("trans")
        values[7] = .nan
        #expect(
            failure("trans", NPYArray(shape: [frames, 3], .float64(values))) == .notFinite(array: "trans", frame: 2))
        #expect(throws: AMASS.Failure.self) { _ = try AMASS.read(path: "/no/such.npz") }
    }
}
