import Geometry
public import HumanBody

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension HumanClip {
    /// The clip turned and moved so that its first frame faces +z with the pelvis over the origin; heights stay.
    public func placedAtOrigin() -> HumanClip {
        guard let first = frames.first else { return self }
        let turn = Quaternion(angle: -(first.heading ?? 0), axis: Vector3(0, 1, 0))
        let origin = Vector3(first.pelvis.x, 0, first.pelvis.z)
        var placed = self
        for index in frames.indices {
            placed.frames[index].pelvis = turn.act(frames[index].pelvis - origin)
            placed.frames[index].rotations[.pelvis] = turn * frames[index].rotations[.pelvis]
        }
        return placed
    }

    /// The clip seen in a mirror: x becomes -x and the sides are swapped, in the motion and in the text.
    public func mirrored() -> HumanClip {
        HumanClip(frameRate: frameRate, frames: frames.map { $0.mirrored() }, text: CaptionMirror.mirrored(text))
    }

    /// The clip at another frame rate, by slerp and straight lines between the frames; first frame kept.
    ///
    /// - Parameter frameRate: Frames per second, above zero.
    /// - Returns: As many frames as lie inside the clip.
    public func resampled(to frameRate: Double) -> HumanClip {
        precondition(frameRate > 0, "a frame rate is above zero")
        guard frameRate != self.frameRate, frames.count > 1 else {
            return HumanClip(frameRate: frameRate, frames: frames, text: text)
        }
        let ratio = self.frameRate / frameRate
        let last = Double(frames.count - 1)
        let count = Int(last / ratio + 1e-6) + 1
        let resampled = (0..<count).map { index in
            let time = min(Double(index) * ratio, last)
            let floor = min(Int(time), frames.count - 2)
            return frames[floor].mixed(with: frames[floor + 1], time - Double(floor))
        }
        return HumanClip(frameRate: frameRate, frames: resampled, text: text)
    }
}

extension HumanFrame {
    /// Direction of the pelvis' forward axis on the floor as an angle about y from +z, radians; nil when that axis is
    /// vertical.
    public var heading: Double? {
        let forward = rotations[.pelvis].act(Vector3(0, 0, 1))
        return facingLength > 1e-6 ? atan2(forward.x, forward.z) : nil
    }

    /// Length of the pelvis' forward unit axis seen from above, in [0, 1]; near zero when lying.
    var facingLength: Double {
        let forward = rotations[.pelvis].act(Vector3(0, 0, 1))
        return (forward.x * forward.x + forward.z * forward.z).squareRoot()
    }

    /// The frame seen in a mirror: x becomes -x and the sides are swapped.
    public func mirrored() -> HumanFrame {
        let turned = HumanJoint.allCases.map { joint in
            let q = rotations[joint.mirrored]
            return Quaternion(w: q.w, x: q.x, y: -q.y, z: -q.z)
        }
        return HumanFrame(
            pelvis: Vector3(-pelvis.x, pelvis.y, pelvis.z), rotations: turned,
            contacts: FootContacts(
                leftAnkle: contacts.rightAnkle, leftToe: contacts.rightToe, rightAnkle: contacts.leftAnkle,
                rightToe: contacts.leftToe))
    }

    /// The frame between this one (t = 0) and another (t = 1): slerp for rotations, straight lines for the rest.
    public func mixed(with other: HumanFrame, _ t: Double) -> HumanFrame {
        func mix(_ a: Double, _ b: Double) -> Double { a + (b - a) * t }
        return HumanFrame(
            pelvis: pelvis.mixed(with: other.pelvis, t),
            rotations: zip(rotations, other.rotations).map { $0.slerp(to: $1, t) },
            contacts: FootContacts(
                leftAnkle: mix(contacts.leftAnkle, other.contacts.leftAnkle),
                leftToe: mix(contacts.leftToe, other.contacts.leftToe),
                rightAnkle: mix(contacts.rightAnkle, other.contacts.rightAnkle),
                rightToe: mix(contacts.rightToe, other.contacts.rightToe)))
    }
}
