import Geometry
import HumanBody
import HumanMotion
import JSON
import Testing
import Wire

/// Live people in a recording, cut by captions.
@Suite struct RecordedPeopleTests {
    /// A recording of somebody who turns the left elbow evenly, seen at 60 Hz from 5 s on, with what `captions` say when.
    private func recording(
        _ captions: [(at: Double, body: String)], missing: Range<Double> = 0..<0
    ) throws -> MCAPReader {
        var writer = MCAPWriter(library: "test")
        let people = writer.addChannel("human.anna.", encoding: "kmmd", schema: 0)
        let requests = writer.addChannel("request", encoding: "json", schema: 0)
        var messages: [(time: Double, channel: UInt16, data: [UInt8])] = captions.map {
            ($0.at, requests, Array(#"{"v":1,"id":"x","type":"record","body":\#($0.body)}"#.utf8))
        }
        for number in 0..<360 {
            let time = 5 + Double(number) / 60
            guard !missing.contains(time) else { continue }
            var frame = HumanFrame(pelvis: Vector3(0, 0.95, time))
            frame.rotations[.leftElbow] = Quaternion(angle: 0.2 * time, axis: Vector3(0, 1, 0))
            // The sender's clock has a zero of its own; the way takes up to 20 ms.
            let message = frame.message(of: "anna", seen: Int64((time - 3) * 1e9))
            messages.append((time + 0.01 * Double(number % 3), people, try message.encoded()))
        }
        for message in messages.sorted(by: { $0.time < $1.time }) {
            writer.write(message.data, channel: message.channel, at: Int64(message.time * 1e9))
        }
        writer.finish()
        return try MCAPReader(writer.takeBytes())
    }

    @Test func `what is done while a caption is in force becomes a clip of thirty frames a second`() throws {
        let recording = try recording([
            (6, #"{"action":"caption","text":"a person bends the elbow"}"#), (8, #"{"action":"caption","text":""}"#),
            (9, #"{"action":"caption","text":"a person waves","person":"anna"}"#),
            (9.5, #"{"action":"caption","text":"a person bows","person":"ben"}"#),
        ])
        let pieces = RecordedPeople(recording).pieces
        #expect(pieces.map(\.text) == ["a person bends the elbow", "a person waves"])
        #expect(pieces.allSatisfy { $0.person == "anna" && $0.clip.frameRate == 30 })
        let clip = pieces[0].clip
        #expect(abs(clip.duration - 2) < 0.1)
        for (before, after) in zip(clip.frames, clip.frames.dropFirst()) {
            let turn = (before.rotations[.leftElbow].conjugate * after.rotations[.leftElbow]).angle
            #expect(abs(turn - 0.2 / 30) < 1e-4)
            #expect(abs(after.pelvis.z - before.pelvis.z - 1.0 / 30) < 1e-4)
        }
    }

    @Test func `missing frames cut a clip in two, and without captions there is none`() throws {
        let caption = [(5.0, #"{"action":"caption","text":"a person walks"}"#)]
        let pieces = RecordedPeople(try recording(caption, missing: 7..<7.4)).pieces
        #expect(pieces.count == 2 && pieces.allSatisfy { $0.clip.duration > 1.5 })
        #expect(RecordedPeople(try recording([])).pieces.isEmpty)
    }
}
