import Foundation
import HostileInputs
import Testing

/// Every reader on thousands of spoilt inputs, the same ones in every run: nothing traps, nothing hangs.
///
/// `KMMD_HOSTILE_ROUNDS` says how many spoilt inputs each reader gets; `make fuzz` looks for new ones by coverage.
@Suite struct HostileInputTests {
    private static let rounds = ProcessInfo.processInfo.environment["KMMD_HOSTILE_ROUNDS"].flatMap { Int($0) }

    @Test(.timeLimit(.minutes(5)), arguments: HostileReader.allCases)
    func `no spoilt input traps`(reader: HostileReader) throws {
        let profile = try Seeds.profile()
        let inputs = try Seeds.inputs(of: reader)
        // What was found by fuzzing stays harmless.
        for input in inputs { reader.read(input, profile: profile) }
        // In a debug build some readers take milliseconds for a large file.
        let most = [.profile: 60, .mcap: 60, .urdf: 150, .mjcf: 150][reader] ?? 400
        var mutator = Mutator(seed: 17)
        for round in 0..<(Self.rounds ?? most) {
            reader.read(mutator.mutated(inputs[round % inputs.count]), profile: profile)
        }
    }

    @Test(arguments: HostileReader.allCases)
    func `sound inputs are accepted`(reader: HostileReader) throws {
        // The fixtures of dialects are no humanoids, and the feedback is of another robot.
        guard ![.urdf, .mjcf, .feedback].contains(reader) else { return }
        let profile = try Seeds.profile()
        #expect(try Seeds.inputs(of: reader).contains { reader.read($0, profile: profile) })
    }

    @Test(arguments: HostileReader.allCases)
    func `an empty input and one cut off anywhere are refused or read`(reader: HostileReader) throws {
        let profile = try Seeds.profile()
        reader.read([], profile: profile)
        let input = try #require(try Seeds.inputs(of: reader).first)
        for count in stride(from: 0, to: input.count, by: max(1, input.count / 24)) {
            reader.read(Array(input.prefix(count)), profile: profile)
        }
    }
}
