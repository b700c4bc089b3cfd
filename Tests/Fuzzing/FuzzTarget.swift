import Foundation
import HostileInputs
import Robots

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ readOne: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// Has libFuzzer make inputs for the reader that `KMMD_FUZZ` names.
@main
struct FuzzTarget {
    fileprivate static let reader =
        HostileReader(rawValue: ProcessInfo.processInfo.environment["KMMD_FUZZ"] ?? "") ?? .request
    fileprivate static let profile: RobotProfile = {
        do { return try Seeds.profile() } catch { fatalError("\(error)") }
    }()

    static func main() {
        // Begins with what is sound.
        if let folder = ProcessInfo.processInfo.environment["KMMD_FUZZ_SEEDS"] {
            for (index, input) in ((try? Seeds.inputs(of: reader)) ?? []).enumerated() {
                try? Data(input).write(to: URL(filePath: folder).appending(path: "seed-\(index)"))
            }
        }
        var (count, arguments) = (CommandLine.argc, CommandLine.unsafeArgv)
        exit(runDriver(&count, &arguments) { readOneInput($0, $1) })
    }
}

/// Reads one input; libFuzzer's own main looks for it under this name.
@_cdecl("LLVMFuzzerTestOneInput")
public func readOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    FuzzTarget.reader.read([UInt8](UnsafeBufferPointer(start: bytes, count: count)), profile: FuzzTarget.profile)
    return 0
}
