import Foundation
import Geometry
import Testing

@testable import Robots

@Suite("SDF")
struct SDFTests {
    private func sdf(_ parts: String) -> String {
        """
        <sdf version="1.9"><world name="w"><model name="scenery"><link name="table"/></model><model name="robot">
        <link name="base"><pose>0 0 1 0 0 0</pose><inertial><mass>2</mass><pose>0 0 0.1 0 0 0</pose>
        <inertia><ixx>0.02</ixx><iyy>0.02</iyy><izz>0.01</izz></inertia></inertial></link>
        <link name="arm"><pose relative_to="elbow">0 0 0.1 0 0 0</pose>
        <collision name="c"><geometry><box><size>0.1 0.1 0.4</size></box></geometry></collision></link>
        \(parts)</model></world></sdf>
        """
    }
    private let elbow = """
        <joint name="elbow" type="revolute"><parent>base</parent><child>arm</child>
        <pose relative_to="base">0.5 0 0 0 0 1.5707963267948966</pose>
        <axis><xyz expressed_in="base">0 1 0</xyz><limit><lower>-1</lower><upper>1.5</upper><effort>30</effort>
        <velocity>4</velocity></limit></axis></joint>
        """

    @Test("poses relative to links and joints, axes and limits are read")
    func read() throws {
        let robot = try RobotDescription(text: sdf(elbow))
        #expect(robot.format == .sdf && robot.name == "robot" && robot.bodies.map(\.name) == ["base", "arm"])
        #expect(robot.bodies[0].inertial.mass == 2 && robot.bodies[0].inertial.center.z == 0.1)
        let arm = robot.bodies[1]
        #expect((arm.pose.translation - Vector3(0.5, 0, 0.1)).length < 1e-12)
        #expect((arm.pose.rotation.act(Vector3(1, 0, 0)) - Vector3(0, 1, 0)).length < 1e-12)
        let joint = try #require(arm.joint)
        // The base's y is the arm's x, which is turned by a right angle.
        #expect((joint.axis - Vector3(1, 0, 0)).length < 1e-12)
        #expect(joint.range == -1...1.5 && joint.velocity == 4 && joint.effort == 30)
        #expect(arm.shapes.map(\.form) == [.box(Vector3(0.05, 0.05, 0.2))])
    }

    @Test("what cannot be read is a typed error")
    func errors() {
        func code(_ text: String) -> DescriptionError.Code? {
            do throws(DescriptionError) {
                _ = try RobotDescription(text: text)
                return nil
            } catch { return error.code }
        }
        #expect(code("<sdf/>") == .missing)
        #expect(code(sdf("<include><uri>model://gripper</uri></include>")) == .unsupported)
        #expect(code(sdf(elbow.replacingOccurrences(of: "<child>arm", with: "<child>leg"))) == .unknownName)
        #expect(code(sdf(elbow.replacingOccurrences(of: "<lower>-1", with: "<lower>low"))) == .invalidValue)
        #expect(
            code(sdf(elbow.replacingOccurrences(of: "relative_to=\"base\"", with: "relative_to=\"arm\""))) == .notATree)
        #expect(code(sdf("")) == .notATree)
    }
}
