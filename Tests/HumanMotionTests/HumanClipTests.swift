import Geometry
import HumanBody
import HumanMotion
import Testing

@Suite("Clips")
struct HumanClipTests {
    @Test("mirroring turns a left turn into a right turn and swaps the feet; twice is nothing")
    func mirroring() throws {
        var clip = try Motions.clip("turn_left").placedAtOrigin()
        clip.text = "a person walks and turns left"
        let mirrored = clip.mirrored()
        #expect(mirrored.text == "a person walks and turns right")
        let heading = try #require(mirrored.frames.last?.heading)
        #expect(heading < -1)
        #expect(mirrored.frames[9].contacts.leftToe == clip.frames[9].contacts.rightToe)
        for (a, b) in zip(clip.frames, mirrored.mirrored().frames) {
            #expect(a.pelvis == b.pelvis)
            #expect(a.rotations == b.rotations)
        }
        // The body is nearly symmetric, so mirrored joints lie where the mirror shows them.
        for (a, b) in zip(Motions.positions(clip), Motions.positions(mirrored)) {
            for joint in HumanJoint.allCases {
                let image = a[joint.mirrored]
                #expect((b[joint] - Vector3(-image.x, image.y, image.z)).length < 0.06)
            }
        }
    }

    @Test("resampling up and down again returns the frames; slerp halves a turn")
    func resampling() throws {
        let clip = try Motions.clip("walk")
        let back = clip.resampled(to: 60).resampled(to: 30)
        #expect(back.frames.count == clip.frames.count)
        for (a, b) in zip(clip.frames, back.frames) {
            #expect((a.pelvis - b.pelvis).length < 1e-12)
            for (p, q) in zip(a.rotations, b.rotations) { #expect((p * q.conjugate).angle < 1e-7) }
        }
        var turned = clip.frames[0]
        turned.rotations[.rightKnee] =
            clip.frames[0].rotations[.rightKnee] * Quaternion(rotationVector: Vector3(0, 0.8, 0))
        let half = clip.frames[0].mixed(with: turned, 0.5)
        #expect(abs((clip.frames[0].rotations[.rightKnee].conjugate * half.rotations[.rightKnee]).angle - 0.4) < 1e-9)
        #expect(clip.resampled(to: 20).frames.count == (clip.frames.count - 1) * 2 / 3 + 1)
    }

    @Test(
        "captions are mirrored by whole words, keeping their case",
        arguments: [
            ("a person turns left", "a person turns right"),
            ("Left foot first, then RIGHT.", "Right foot first, then LEFT."),
            ("walks clockwise", "walks counterclockwise"),
            ("walks Counter-Clockwise in a circle", "walks Clockwise in a circle"),
            ("an anticlockwise turn", "an clockwise turn"),
            ("goes counter clockwise", "goes clockwise"),
            ("stands upright and is left-handed", "stands upright and is right-handed"),
            ("steps leftwards; it's right's turn", "steps rightwards; it's left's turn"),
            ("", ""),
        ])
    func captions(text: String, mirrored: String) {
        #expect(CaptionMirror.mirrored(text) == mirrored)
    }
}
