import Foundation
import Testing

@testable import TextEncoding

@Suite("Texts about hands")
struct HandReadingTests {
    private static func actions(_ text: String) throws -> (body: [Action], hands: [HandCommand]) {
        let reader = try ShippedLexicon.reader.get()
        return Action.ofBody(try reader.read(text) { _ in throw CancellationError() }.segments.map(\.segment))
    }

    @Test(
        "a pose of the hands, with the side that is told",
        arguments: [
            ("make a fist with the right hand", HandPose.fist, BodySide?.some(.right)),
            ("make a fist", .fist, .right), ("clench your fists", .fist, nil), ("close both hands", .fist, nil),
            ("please close your left hand", .fist, .left), ("make a fist with your left hand", .fist, .left),
            ("open your hands", .open, nil), ("open your left hand", .open, .left), ("open the gripper", .open, nil),
            ("could you spread your fingers", .open, nil), ("close the gripper", .fist, .right),
            ("point with your left index finger", .point, .left), ("extend your index finger", .point, .right),
            ("stick out your right forefinger", .point, .right), ("pinch with your left hand", .pinch, .left),
        ])
    func poses(text: String, pose: HandPose, side: BodySide?) throws {
        let (body, hands) = try Self.actions(text)
        #expect(body.isEmpty, "\(text)")
        #expect(hands == [HandCommand(pose: pose, side: side)], "\(text)")
    }

    @Test("hands go along with the body, before it, meanwhile and after it")
    func together() throws {
        for text in ["wave while making a fist with your left hand", "make a fist with your left hand and wave"] {
            let (body, hands) = try Self.actions(text)
            #expect(body.map(\.text) == ["a person waves hello"] && hands.isEmpty, "\(text)")
            #expect(body.first?.hands == [HandCommand(pose: .fist, side: .left)], "\(text)")
        }
        let (body, _) = try Self.actions("open your hands, then walk forward, then make a fist with your right hand")
        #expect(body.map(\.text) == ["a person walks forward"])
        #expect(body.first?.hands == [HandCommand(pose: .open, side: nil)])
        #expect(body.first?.handsAfter == [HandCommand(pose: .fist, side: .right)])
    }

    @Test(
        "what arms do is left to the arms",
        arguments: [
            ("point forward", "point_forward"), ("point to the left", "point"), ("give a fist bump", "fist_bump"),
            ("pump your fist", "fist_pump"), ("raise your right hand", "raise_arm"), ("clap your hands", "clap"),
            ("open the door", "open_door"), ("point your finger at me", "point_forward"),
        ])
    func arms(text: String, name: String) throws {
        let reader = try ShippedLexicon.reader.get()
        let segments = try reader.read(text) { _ in throw CancellationError() }.segments
        #expect(segments.map(\.segment.hands) == [[]], "\(text)")
        #expect(segments.first?.actions.first?.name == name, "\(text)")
    }

    @Test("not to do it is no pose")
    func negated() throws {
        let (_, hands) = try Self.actions("don't make a fist")
        #expect(hands.isEmpty)
    }
}
