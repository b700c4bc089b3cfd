import Foundation
import HumanMotion
import Retargeting
import Robots
import Testing

/// The project's shared data, when this machine has it.
let sharedCMU: URL? = {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    let shared =
        ProcessInfo.processInfo.environment["KMMD_SHARED"].map { URL(filePath: $0) }
        ?? root.deletingLastPathComponent().appending(path: "shared")
    let folder = shared.appending(path: "data/cmu")
    return FileManager.default.fileExists(atPath: folder.path()) ? folder : nil
}()

@Suite("Retargeting more real motion", .enabled(if: sharedCMU != nil, "needs ../shared/data/cmu"))
struct SharedDataTests {
    /// Subject and trial: walk, run, jump and balance, punch, dance, run, walk in all directions, jumping jacks and
    /// squats, jump, hop on one foot.
    @Test(
        "limits, feet and floor hold on walks, runs, jumps, dance and exercise",
        arguments: [
            "02_01", "02_03", "02_04", "02_05", "05_02", "09_01", "09_12", "13_29", "16_01", "49_02",
        ])
    func quality(trial: String) throws {
        let subject = "0" + trial.prefix(2)
        let profile = try loadG1()
        let pack = try #require(sharedCMU).appending(path: "cmu_\(subject).tar.xz")
        let bytes = try unpack("cmu/\(subject)/cmu_\(trial).bvh", from: pack)
        let clip = try SMPLConversion(BVH(bytes)).clip()
        let report = try QualityReport(Retargeter(profile).retarget(clip), profile: profile)
        #expect(report.positionViolations == 0)
        #expect(report.velocityViolations == 0)
        #expect(report.skating < 0.02)
        #expect(report.soleHeight < 0.005)
        #expect(report.penetration < 1e-6)
        #expect(report.limbError < 0.08)
    }

    private func unpack(_ file: String, from pack: URL) throws -> [UInt8] {
        let tar = Process()
        let output = Pipe()
        tar.executableURL = URL(filePath: "/usr/bin/env")
        tar.arguments = ["tar", "-xJOf", pack.path(), file]
        tar.standardOutput = output
        try tar.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        tar.waitUntilExit()
        try #require(tar.terminationStatus == 0)
        return [UInt8](data)
    }
}
