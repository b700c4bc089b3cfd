import Foundation
import Geometry
import HumanBody
import HumanMotion
import Testing

@Suite("Motion features")
struct MotionFeaturesTests {
    @Test("features and back give the clip placed at the origin", arguments: Motions.fixtures)
    func roundTrip(name: String) throws {
        let clip = try Motions.clip(name).placedAtOrigin()
        let back = MotionFeatures(clip).clip()
        #expect(back.frames.count == clip.frames.count)
        for (a, b) in zip(clip.frames, back.frames) {
            #expect((a.pelvis - b.pelvis).length < 1e-5)
            for (p, q) in zip(a.rotations, b.rotations) { #expect((p * q.conjugate).angle < 1e-3) }
            #expect(a.contacts == b.contacts)
        }
        for (a, b) in zip(Motions.positions(clip), Motions.positions(back)) {
            for (p, q) in zip(a, b) { #expect((p - q).length < 1e-4) }
        }
    }

    @Test("the slices hold what the layout says")
    func slices() throws {
        let clip = try Motions.clip("turn_left").placedAtOrigin()
        let features = MotionFeatures(clip)
        let first = Array(features.row(0))
        #expect(first[MotionFeatures.rootVelocity].allSatisfy { $0 == 0 })
        #expect(Array(first[MotionFeatures.headingStep]) == [1, 0, 0, 0, 1, 0])
        #expect(first[MotionFeatures.velocities].allSatisfy { $0 == 0 })

        let joints = Motions.positions(clip)
        for t in 1..<clip.frames.count {
            let row = Array(features.row(t))
            let (heading, before) = (try #require(clip.frames[t].heading), try #require(clip.frames[t - 1].heading))
            // The step is seen from the heading of the frame before.
            let step = Quaternion(angle: -before, axis: Vector3(0, 1, 0))
                .act(clip.frames[t].pelvis - clip.frames[t - 1].pelvis)
            #expect(abs(Double(row[0]) - step.x) < 1e-6)
            #expect(abs(Double(row[1]) - step.z) < 1e-6)
            // Y(h_t - h_{t-1}) with h the negative heading: first row is (cos, 0, sin).
            #expect(abs(Double(row[2]) - cos(before - heading)) < 1e-6)
            #expect(abs(Double(row[4]) - sin(before - heading)) < 1e-6)
            for joint in 0..<22 {
                let local = Quaternion(angle: -heading, axis: Vector3(0, 1, 0))
                    .act(joints[t][joint] - Vector3(clip.frames[t].pelvis.x, 0, clip.frames[t].pelvis.z))
                for axis in 0..<3 {
                    #expect(abs(Double(row[8 + 3 * joint + axis]) - local[axis]) < 1e-5)
                    let velocity = row[8 + 3 * joint + axis] - features.row(t - 1)[(t - 1) * 276 + 8 + 3 * joint + axis]
                    #expect(abs(row[74 + 3 * joint + axis] - velocity) < 1e-5)
                }
            }
            // Rows of the local matrix of the left knee.
            let knee = Matrix3(clip.frames[t].rotations[.leftKnee])
            for column in 0..<3 {
                #expect(abs(Double(row[140 + 24 + column]) - knee[0, column]) < 1e-6)
                #expect(abs(Double(row[140 + 27 + column]) - knee[1, column]) < 1e-6)
            }
        }
    }

    @Test("a place and a turn of the whole clip do not change the features")
    func invariance() throws {
        let clip = try Motions.clip("walk")
        var moved = clip
        let turn = Quaternion(angle: 2.5, axis: Vector3(0, 1, 0))
        for index in moved.frames.indices {
            moved.frames[index].pelvis = turn.act(clip.frames[index].pelvis) + Vector3(3, 0, -7)
            moved.frames[index].rotations[.pelvis] = turn * clip.frames[index].rotations[.pelvis]
        }
        for (a, b) in zip(MotionFeatures(clip).values, MotionFeatures(moved).values) { #expect(abs(a - b) < 1e-5) }
    }

    @Test("a body rolling through lying gives finite features and comes back")
    func lying() {
        let frames = (0..<120).map { index in
            let pitch = Double(index) / 119 * 2 * .pi
            var rotations = [Quaternion](repeating: .identity, count: 22)
            rotations[.pelvis] = Quaternion(angle: pitch, axis: Vector3(1, 0, 0))
            return HumanFrame(pelvis: Vector3(0.01 * Double(index), 0.3, 0), rotations: rotations)
        }
        let clip = HumanClip(frameRate: 30, frames: frames)
        let features = MotionFeatures(clip)
        #expect(features.values.allSatisfy { $0.isFinite })
        for frame in 0..<features.frameCount {
            // The heading turns by no more than 0.1 rad a frame, though the facing direction jumps by a half turn twice.
            #expect(Array(features.row(frame))[2] >= Float(cos(0.101)))
        }
        for (a, b) in zip(frames, features.clip().frames) {
            #expect((a.pelvis - b.pelvis).length < 1e-5)
            #expect((a.rotations[.pelvis] * b.rotations[.pelvis].conjugate).angle < 1e-3)
        }
    }

    @Test("rows one at a time give unit, sign-continuous rotations even from noise")
    func noise() {
        var generator = SplitMix64(seed: 3)
        let values = (0..<40 * MotionFeatures.width).map { _ in Float.random(in: -2...2, using: &generator) }
        let frames = MotionFeatures(frameRate: 30, values: values).clip().frames
        for (a, b) in zip(frames, frames.dropFirst()) {
            for (p, q) in zip(a.rotations, b.rotations) {
                #expect(abs(q.length - 1) < 1e-9)
                #expect(p.dot(q) >= 0)
            }
            #expect((0...1).contains(b.contacts.leftToe))
        }
    }
}
