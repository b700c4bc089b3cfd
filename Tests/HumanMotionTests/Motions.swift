import Foundation
import Geometry
import HumanBody
import HumanMotion
import Testing

/// The motions the tests run on.
enum Motions {
    /// CMU trials shipped with the tests.
    static let fixtures = ["walk", "turn_left", "jump"]

    static func bytes(_ name: String) throws -> [UInt8] {
        let url = try #require(Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: "bvh"))
        return [UInt8](try Data(contentsOf: url))
    }

    static func bvh(_ name: String) throws -> BVH { try BVH(try bytes(name)) }

    static func clip(_ name: String) throws -> HumanClip { try SMPLConversion(try bvh(name)).clip() }

    /// World positions of the joints in every frame.
    static func positions(_ clip: HumanClip) -> [[Vector3]] {
        clip.frames.map { SMPLSkeleton.forwardKinematics($0).map(\.translation) }
    }

    /// Angle between two directions, radians.
    static func angle(_ a: Vector3, _ b: Vector3) -> Double {
        atan2(a.cross(b).length, a.dot(b))
    }
}
