import Foundation
import Geometry
import HumanBody
import LivePeople
import Testing

/// What places of joints tell of a pose, and what is guessed.
struct PointsTests {
    /// A message of places alone, of a body in SMPL's T pose whose hands point `down` from straight on, radians.
    private func message(handsDown angle: Double) -> [UInt8] {
        var places = SMPLSkeleton.forwardKinematics(standing).map { $0.translation - standing.pelvis }
        for (wrist, side) in [(HumanJoint.leftWrist, 1.0), (.rightWrist, -1.0)] {
            places.append(places[wrist.rawValue] + Vector3(side * cos(angle), -sin(angle), 0) * 0.08)
        }
        // x ahead, y left, z up.
        let numbers = places.flatMap { [$0.z, $0.x, $0.y] }.map { "\($0)" }.joined(separator: ",")
        let data = #""frame_index":1,"smpl_joints_local":[\#(numbers)],"root_quat":[1,0,0,0]"#
        return Array(#"{"topic":"rt/smpl","data":{\#(data)}}"#.utf8)
    }

    @Test(arguments: [0, 0.5]) func handsPointWhereTheirPlacesSayAndTurnInwardAlike(_ angle: Double) throws {
        var decoder = SMPLMessageDecoder(.lerobot)
        let frame = try #require(decoder.decode(message(handsDown: angle), at: 0).first)
        let left = frame.orientations[HumanJoint.leftWrist.rawValue]
        let right = frame.orientations[HumanJoint.rightWrist.rawValue]
        #expect((left.act(Vector3(1, 0, 0)) - Vector3(cos(angle), -sin(angle), 0)).length < 1e-3)
        #expect((right.act(Vector3(-1, 0, 0)) - Vector3(-cos(angle), -sin(angle), 0)).length < 1e-3)
        // Thumbs (ahead in SMPL's T pose) turn down from where the forearm has them, on both sides.
        for side in Side.both {
            let forearm = frame.orientations[side.elbow.rawValue]
            let hand = frame.orientations[side.wrist.rawValue]
            #expect((forearm.conjugate * hand).act(Vector3(0, 0, 1)).y < -0.1, "\(side)")
        }
    }
}
