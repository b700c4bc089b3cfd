import Geometry
import HumanBody
package import HumanMotion

/// A body with hanging arms that is moved as a whole.
package enum WalkingBody {
    /// A standing body whose pelvis follows a course; the arms hang.
    package static func clip(_ frames: Int, _ pose: (Int) -> (x: Double, z: Double, heading: Double)) -> HumanClip {
        var rotations = SMPLSkeleton.restRotations
        rotations[.leftShoulder] = Quaternion(angle: -1.4, axis: Vector3(0, 0, 1))
        rotations[.rightShoulder] = Quaternion(angle: 1.4, axis: Vector3(0, 0, 1))
        return HumanClip(
            frameRate: 30,
            frames: (0..<frames).map { frame in
                let (x, z, heading) = pose(frame)
                var turned = rotations
                turned[0] = Quaternion(angle: heading, axis: Vector3(0, 1, 0))
                return HumanFrame(
                    pelvis: Vector3(x, 0.93, z), rotations: turned,
                    contacts: FootContacts(leftAnkle: 1, leftToe: 1, rightAnkle: 0, rightToe: 0))
            })
    }

    /// A body that stands with hanging arms, its soles `height(t)` over the floor.
    package static func standing(seconds: Double, height: (Double) -> Double = { _ in 0 }) -> HumanClip {
        let frames = (0..<Int(seconds * 30)).map { frame in
            var rotations = [Quaternion](repeating: .identity, count: HumanJoint.count)
            rotations[.leftShoulder] = Quaternion(angle: -1.35, axis: Vector3(0, 0, 1))
            rotations[.rightShoulder] = Quaternion(angle: 1.35, axis: Vector3(0, 0, 1))
            return HumanFrame(pelvis: Vector3(0, 0.956 + height(Double(frame) / 30), 0), rotations: rotations)
        }
        return HumanClip(frameRate: 30, frames: frames)
    }
}
