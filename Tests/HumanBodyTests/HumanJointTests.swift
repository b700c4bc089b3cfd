import Geometry
import HumanBody
import Testing

@Suite("Joints of the human")
struct HumanJointTests {
    @Test("names are those of SMPL's files, and are read back")
    func names() {
        #expect(HumanJoint.allCases.count == HumanJoint.count)
        for joint in HumanJoint.allCases {
            let words = "\(joint)".flatMap { $0.isUppercase ? "_" + $0.lowercased() : String($0) }
            #expect(joint.name == String(words))
            #expect(HumanJoint(named: joint.name) == joint)
        }
        #expect(HumanJoint(named: "left_nee") == nil)
    }

    @Test("parents come before their children, and all hang on the pelvis")
    func tree() {
        #expect(HumanJoint.bones.count == HumanJoint.count - 1)
        for (parent, joint) in HumanJoint.bones { #expect(parent.rawValue < joint.rawValue) }
        for side in Side.both {
            for (start, end) in side.leg.segments + side.arm.segments { #expect(end.parent == start) }
            #expect(side.toe.parent == side.ankle)
            #expect(side.shoulder.parent == side.collar)
        }
    }

    @Test("sides mirror each other, and the middle itself")
    func sides() {
        for joint in HumanJoint.allCases {
            #expect(joint.mirrored.mirrored == joint)
            #expect(joint.mirrored.parent == joint.parent?.mirrored)
            #expect(joint.mirrored.side == joint.side?.other)
            #expect(joint.name.hasPrefix("left_") == (joint.side == .left))
            #expect((joint.mirrored == joint) == (joint.side == nil))
        }
    }
}

@Suite("SMPL's skeleton")
struct SMPLSkeletonTests {
    @Test("in the rest pose the left is on +x, the feet are flat, and the body is nearly symmetric")
    func restPose() {
        let pose = SMPLSkeleton.forwardKinematics(HumanFrame(pelvis: .zero))
        for joint in HumanJoint.allCases {
            let (own, other) = (pose[joint].translation, pose[joint.mirrored].translation)
            #expect((own - Vector3(-other.x, other.y, other.z)).length < 0.03)
            if let side = joint.side { #expect(own.x * side.sign > 0.04) }
        }
        for side in Side.both {
            let drop = pose[side.ankle].translation.y - pose[side.toe].translation.y
            #expect(abs(SMPLFoot.ankleHeight(side) - SMPLFoot.toeHeight - drop) < 1e-12)
        }
    }

    @Test("rotations in the parents and in the world are turned into each other")
    func rotations() {
        let local = HumanJoint.allCases.map { joint in
            Quaternion(rotationVector: Vector3(0.1, -0.2, 0.3) * Double(joint.rawValue % 5))
        }
        let world = SMPLSkeleton.worldRotations(local)
        let poses = SMPLSkeleton.forwardKinematics(HumanFrame(pelvis: .zero, rotations: local))
        for joint in HumanJoint.allCases {
            #expect((world[joint].conjugate * poses[joint].rotation).angle < 1e-12)
            let back = SMPLSkeleton.localRotations(world)[joint]
            #expect((back.conjugate * local[joint]).angle < 1e-12)
        }
    }
}
