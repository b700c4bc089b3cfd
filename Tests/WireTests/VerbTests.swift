import Foundation
import Testing
import Wire

/// The verbs and events as they are declared, and what the protocol's page says of them.
@Suite struct VerbTests {
    /// A verb of every kind, with all of its arguments.
    static let verbs: [Verb] = {
        var say = Say(text: "walk")
        (say.mode, say.moment, say.repeats, say.seed, say.duration) = (.replace, .contact, 3, 7, 2.5)
        (say.guidance, say.temperature) = (3, 0.5)
        var clip = Say(text: "a/b.bvh")
        clip.repeats = 2
        var follow = Follow(person: "anna")
        (follow.part, follow.delayMilliseconds, follow.isMirrored, follow.scale) = (.upper, 120, true, 0.5)
        (follow.far, follow.moment) = (.ramp, .end)
        return [
            .hello, .say(say), .play(clip), .cancel(command: "c-000001"), .hold, .resume, .stop, .halt, .reset,
            .status(command: nil), .status(command: "x"), .robots, .robot, .reload, .record(Record(.start, name: "n")),
            .replay(Replay(name: "n", isDryRun: true)), .people, .follow(follow),
            .calibrate(Calibrate(person: "anna", pose: .t, recentres: true)),
        ]
    }()

    @Test func `every verb is declared once, and its declaration is its own`() {
        #expect(Set(VerbDeclaration.all.map(\.name)).count == VerbDeclaration.all.count)
        #expect(Set(Self.verbs.map(\.name)) == Set(VerbDeclaration.all.map(\.name)))
    }

    @Test(arguments: verbs) func `a request that is written is read again`(verb: Verb) throws {
        var request = Request(verb, id: "a")
        request.robots = ["one", "two"]
        request.deadline = .init(milliseconds: 20)
        request.sentNanoseconds = 5
        let outcome = RequestDecoder.decode(request.json)
        #expect(try outcome.result.get() == request)
        #expect(outcome.warnings.isEmpty)
        let arguments = request.json["body"]?.members?.map(\.key) ?? []
        #expect(Set(arguments).isSubset(of: verb.declaration.arguments))
    }

    @Test func `events that are written are read again`() throws {
        let goal = GoalDescription()
        let contents: [CommandEvent.Content] = [
            .state(.queued, .init(starts: [.init(robot: "r", from: "measured")])),
            .state(.generating, .init(segments: [.init(text: "walk", duration: 3, repeats: 2)])),
            .state(.failed, .init(reason: "why")), .state(.done, .init(achieved: [.init(segment: 0, goal: goal)])),
            .spliced(.init(firstFrame: 4, changedFrame: nil, latencyMs: 12.5, bridged: true)),
            .segment(.init(segment: 1)), .underrun, .rejected(.init(joint: "knee", distance: 0.5)),
        ]
        for content in contents {
            let state: CommandState = if case .state(let state, _) = content { state } else { .playing }
            let event = CommandEvent(
                content, command: 7, id: nil, robot: "r", state: state, frame: nil, robots: ["r", "q"])
            let value = JSONValue(encoding: event)
            #expect(value["id"] == .null && value["frame"] == .null && value["command"] == "c-000007")
            #expect(value["event"]?.string == event.name)
            #expect(try value.decoded(as: CommandEvent.self) == event)
        }
    }

    @Test func `the answer to a text that stops has the members of both`() throws {
        let stopped = RestAnswer(verb: "stop", frames: [("r", 9)])
        let answer = CommandAnswer(
            command: 3, robots: ["r"], state: .done, position: 0, segments: [], stopped: stopped)
        let value = JSONValue(encoding: answer)
        #expect(
            value.text
                == #"{"command":"c-000003","robot":"r","robots":["r"],"state":"done","position":0,"segments":[],"#
                + #""verb":"stop","frame":9}"#)
        #expect(try value.decoded(as: CommandAnswer.self) == answer)
    }

    // MARK: The protocol's page

    private static func page() throws -> String {
        let root = String(#filePath.split(separator: "/Tests/WireTests")[0])
        return try String(contentsOfFile: root + "/Documentation/protocol.md", encoding: .utf8)
    }

    /// The cells of a table's rows, by the heading of its first column.
    private static func table(_ heading: String) throws -> [[String]] {
        let lines = try page().split(separator: "\n", omittingEmptySubsequences: false)
        let start = try #require(lines.firstIndex { $0.hasPrefix("| \(heading) |") })
        return lines[(start + 2)...].prefix { $0.hasPrefix("|") }.map { line in
            line.dropFirst().split(separator: "|", omittingEmptySubsequences: false).dropLast().map {
                String($0).trimmingCharacters(in: .whitespaces)
            }
        }
    }

    /// The words between back ticks.
    private static func quoted(_ text: String) -> [String] {
        text.split(separator: "`", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 }.map {
            String($0.element)
        }
    }

    @Test func `the page tells of all verbs and of their arguments`() throws {
        let rows = try Self.table("verb").filter { $0.count == 3 }
        #expect(Set(rows.flatMap { Self.quoted($0[0]) }) == Set(VerbDeclaration.all.map(\.name)))
        for row in rows {
            for name in Self.quoted(row[0]) where name != "say" {
                let arguments = VerbDeclaration.all.first { $0.name == name }?.arguments ?? []
                // What stands in brackets are values.
                let told = row[1].split(separator: "(").enumerated().flatMap { index, part in
                    Self.quoted(index == 0 ? String(part) : String(part.drop { $0 != ")" }))
                }
                #expect(told.sorted() == arguments.sorted(), "\(name)")
            }
        }
        let page = try Self.page()
        let start = try #require(page.range(of: "Arguments of `say`:"))
        let paragraph = page[start.lowerBound...].prefix { _ in true }.components(separatedBy: "\n\n")[0]
        for argument in VerbDeclaration.all.first(where: { $0.name == "say" })?.arguments ?? [] {
            #expect(paragraph.contains("`\(argument)`"), "\(argument)")
        }
    }

    @Test func `the page tells of all events and of their members`() throws {
        let rows = try Self.table("event")
        #expect(rows.map { Self.quoted($0[0]) } == CommandEvent.details.map { [$0.event] })
        for (row, details) in zip(rows, CommandEvent.details) {
            for member in details.members { #expect(row[1].contains("`\(member)`"), "\(details.event): \(member)") }
        }
    }

    @Test func `the page tells of all codes and states`() throws {
        let page = try Self.page()
        for code in RequestError.Code.allCases { #expect(page.contains("`\(code.rawValue)`"), "\(code)") }
        for state in CommandState.allCases { #expect(page.contains(state.rawValue), "\(state)") }
    }
}
