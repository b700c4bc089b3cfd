import Foundation
import Geometry
import Testing

@testable import Tensors

@Suite("NPZ")
struct NPZTests {
    @Test("More than the bound is refused before it is inflated, and a pipe before it is read")
    func bounds() throws {
        try ArrayFiles.withFolder { folder in
            let path = folder.appending(path: "a.npz").path
            let zeros = NPYArray(shape: [1 << 20], .uint8([UInt8](repeating: 0, count: 1 << 20)))
            try NPZ(["zeros": zeros]).write(path: path, deflated: true)
            #expect(try FileBytes.contents(of: path).count < 10_000)
            #expect(try NPZ(path: path, atMost: 2 << 20).arrays.count == 1)
            ArrayFiles.expect(.unreadable) { _ = try NPZ(path: path, atMost: 1 << 19) }
            let pipe = folder.appending(path: "pipe.npz").path
            #expect(mkfifo(pipe, 0o600) == 0)
            ArrayFiles.expect(.unreadable) { _ = try NPZ(path: pipe) }
        }
    }

    @Test("Reads what numpy writes", arguments: ["stored.npz", "deflated.npz"])
    func reference(name: String) throws {
        let file = try NPZ(path: ArrayFiles.fixture(name))
        #expect(file.arrays.count == 12)
        #expect(try file.array("single") == NPYArray(shape: [2, 3], .float32([-0.5, -0.25, 0, 0.25, 0.5, 0.75])))
        #expect(try file.array("double") == NPYArray(119.88))
        #expect(try file.array("int") == NPYArray(shape: [2], .int32([-7, .max])))
        #expect(try file.array("long") == NPYArray(shape: [1], .int64([-1_099_511_627_776])))
        #expect(try file.array("byte") == NPYArray(shape: [1, 2], .uint8([0, 255])))
        #expect(try file.array("flag") == NPYArray(shape: [3], .bool([true, false, true])))
        #expect(try file.string("name") == "Käse 🧀")
        #expect(try file.array("names") == NPYArray(shape: [2, 2], .strings(["left", "right", "", "both"])))
        #expect(try file.string("gender") == "female")
        #expect(try file.array("nothing", shape: [nil, 3]) == NPYArray(shape: [0, 3], .float32([])))
        #expect(try file.doubles("zeros", shape: [100, 10]).allSatisfy { $0 == 0 })
        // Column-major in the file.
        #expect(try file.doubles("columns", shape: [2, 3, 4]) == (0..<24).map(Double.init))
    }

    @Test("Reads all versions of the array header")
    func versions() throws {
        let file = try NPZ(path: ArrayFiles.fixture("versions.npz"))
        for name in ["v1", "v2", "v3"] { #expect(try file.integers(name, shape: [4]) == [0, 1, 2, 3]) }
    }

    @Test("Refuses pickled objects and other types when asked for them, and reads the rest")
    func refused() throws {
        let file = try NPZ(path: ArrayFiles.fixture("refused.npz"))
        #expect(try file.integers("fine") == [0, 1, 2])
        #expect(file.arrays.count == 2)
        for name in ["objects", "records", "complex"] {
            ArrayFiles.expect(.unsupported, about: name) { _ = try file.array(name) }
        }
        // The other byte order.
        #expect(try file.array("big") == NPYArray(shape: [3], .float32([0, 1, 2])))
        let error = #expect(throws: TensorFileError.self) { try file.array("objects") }
        #expect(error?.found.contains("pickled Python objects") == true)
    }

    @Test("Numbers convert where nothing but precision is lost")
    func conversions() throws {
        let file = try NPZ(path: ArrayFiles.fixture("stored.npz"))
        #expect(try file.floats("int") == [-7, 2_147_483_648])
        #expect(try file.floats("double") == [119.88])
        #expect(try file.doubles("flag") == [1, 0, 1])
        #expect(try file.integers("flag") == [1, 0, 1])
        ArrayFiles.expect(.mismatch, about: "double") { _ = try file.integers("double") }
        ArrayFiles.expect(.mismatch, about: "name") { _ = try file.floats("name") }
        ArrayFiles.expect(.mismatch, about: "names") { _ = try file.string("names") }
        ArrayFiles.expect(.mismatch, about: "single") { _ = try file.floats("single", shape: [nil, 4]) }
        ArrayFiles.expect(.mismatch, about: "single") { _ = try file.floats("single", shape: [6]) }
        ArrayFiles.expect(.missing, about: "poses") { _ = try file.floats("poses") }
        ArrayFiles.expect(.unreadable) { _ = try NPZ(path: "/nowhere.npz") }
    }

    static let sample: [String: NPYArray] = {
        var random = SplitMix64(seed: 60)
        return [
            "joint_pos": NPYArray(shape: [50, 29], .float32(random.floats(50 * 29))),
            "fps": NPYArray(shape: [1], .float64([50])), "rate": NPYArray(120),
            "order": NPYArray(shape: [2, 1], .int32([.min, .max])), "time": NPYArray(shape: [1], .int64([.min])),
            "image": NPYArray(shape: [2, 2, 1], .uint8([0, 1, 254, 255])),
            "contact": NPYArray(shape: [3], .bool([true, false, true])), "text": NPYArray("a person waves 👋"),
            "names": NPYArray(shape: [3], .strings(["", "hip", "ankle"])),
            "none": NPYArray(shape: [0, 3], .float32([])),
            "größe": NPYArray(shape: [], .int32([7])),
        ]
    }()

    @Test("What is written is read back, and the same twice gives the same bytes", arguments: [false, true])
    func roundTrip(deflated: Bool) throws {
        try ArrayFiles.withFolder { folder in
            let paths = ["a.npz", "b.npz"].map { folder.appending(path: $0).path }
            for path in paths { try NPZ(Self.sample).write(path: path, deflated: deflated) }
            #expect(try NPZ(path: paths[0]).arrays == Self.sample)
            #expect(try FileBytes.contents(of: paths[0]) == FileBytes.contents(of: paths[1]))
            ArrayFiles.expect(.unwritable) { try NPZ().write(path: folder.path + "/absent/c.npz") }
            try NPZ().write(path: paths[0])
            #expect(try NPZ(path: paths[0]).arrays.isEmpty)
        }
    }

    private static func python(_ code: String, _ arguments: String...) -> (status: Int32, output: String)? {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-c", code] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }

    static let hasNumpy = python("import numpy")?.status == 0

    @Test(
        "numpy.load reads what is written", .enabled(if: hasNumpy, "needs python3 with numpy"),
        arguments: [false, true])
    func numpy(deflated: Bool) throws {
        try ArrayFiles.withFolder { folder in
            let path = folder.appending(path: "a.npz").path
            try NPZ(Self.sample).write(path: path, deflated: deflated)
            let code = """
                import sys, zipfile, numpy
                assert zipfile.ZipFile(sys.argv[1]).testzip() is None
                for name, a in sorted(numpy.load(sys.argv[1], allow_pickle=False).items()):
                    print(name.encode(), a.dtype.str, a.shape, ascii(a.tolist()) if a.size < 10 else repr(float(a.sum(dtype=float))))
                """
            let result = try #require(Self.python(code, path))
            let sum = try #require(Self.sample["joint_pos"]?.doubles).reduce(0, +)
            let lines = result.output.split(separator: "\n").map(String.init)
            #expect(
                lines.filter { !$0.contains("joint_pos") } == [
                    "b'contact' |b1 (3,) [True, False, True]", "b'fps' <f8 (1,) [50.0]",
                    "b'gr\\xc3\\xb6\\xc3\\x9fe' <i4 () 7", "b'image' |u1 (2, 2, 1) [[[0], [1]], [[254], [255]]]",
                    "b'names' <U5 (3,) ['', 'hip', 'ankle']", "b'none' <f4 (0, 3) []",
                    "b'order' <i4 (2, 1) [[-2147483648], [2147483647]]", "b'rate' <f8 () 120.0",
                    "b'text' <U16 () 'a person waves \\U0001f44b'", "b'time' <i8 (1,) [-9223372036854775808]",
                ])
            let joints = try #require(lines.first { $0.contains("joint_pos") })
            #expect(joints.hasPrefix("b'joint_pos' <f4 (50, 29) "))
            #expect(abs((joints.split(separator: " ").last.flatMap { Double($0) } ?? .nan) - sum) < 1e-9)
        }
    }

    @Test(
        "Array headers that numpy would not write are refused",
        arguments: [
            "", "{", "{}", "{'descr': '<f4', 'fortran_order': False}",
            "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}",
            "{'descr': '<f4', 'descr': '<f4', 'shape': (1,)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} + exit()", "{'descr': '<f4",
        ])
    func headers(text: String) {
        ArrayFiles.expect(.malformed, about: "x") { _ = try Self.array(text, [0, 0, 0, 0]) }
    }

    @Test("Strings that are no Unicode are refused, and types without size")
    func oddTypes() throws {
        let shape = "'fortran_order': False, 'shape': ()}"
        ArrayFiles.expect(.malformed, about: "x") { _ = try Self.array("{'descr': '<U1', \(shape)", [0, 0xD8, 0, 0]) }
        #expect(try Self.array("{'descr': '<U1', \(shape)", [0x42, 0x26, 0, 0]).string == "♂")
        for type in ["<U0", "|S0", "<f3", "<U-1", "<U99999999999", "", "<", ">U1", "<m8[ns]"] {
            ArrayFiles.expect(.unsupported, about: "x") { _ = try Self.array("{'descr': '\(type)', \(shape)", []) }
        }
    }

    @Test("Half precision and the other byte order are read as numpy wrote them")
    func shortTypes() throws {
        func read(_ type: String, _ data: [UInt8]) throws -> NPYArray {
            try Self.array(
                "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(data.count / 2),)}", data)
        }
        // 1, -2, 65504, the least subnormal, infinity.
        let halves: [UInt8] = [0x00, 0x3C, 0x00, 0xC0, 0xFF, 0x7B, 0x01, 0x00, 0x00, 0x7C]
        let values: [Float] = [1, -2, 65504, 0x1p-24, .infinity]
        #expect(try read("<f2", halves) == NPYArray(shape: [5], .float32(values)))
        let swapped = stride(from: 0, to: halves.count, by: 2).flatMap { [halves[$0 + 1], halves[$0]] }
        #expect(try read(">f2", swapped) == NPYArray(shape: [5], .float32(values)))
        #expect(try read("<i2", [0xFF, 0xFF, 0x00, 0x80]) == NPYArray(shape: [2], .int32([-1, -32768])))
        #expect(
            try Self.array("{'descr': '>i4', 'fortran_order': False, 'shape': ()}", [0, 0, 1, 2]).integers == [258])
    }

    private static func array(_ header: String, _ data: [UInt8]) throws -> NPYArray {
        var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0]
        bytes.append(elements: [UInt16(header.utf8.count)])
        return try NPYArray(decoding: bytes + header.utf8 + data, path: "test", name: "x")
    }

    @Test("Archives that are damaged, encrypted, overlapping or too large for the format are refused")
    func archives() throws {
        let good = try ZipArchive.encode(
            [("a.npy", NPYArray(1).encoded), ("b.npy", NPYArray(2).encoded)], deflated: false, path: "test")
        let directories = good.indices.filter { good.integer(at: $0) == ZipArchive.centralSignature }
        let end = good.count - 22
        try #require(directories.count == 2)
        #expect(try NPZ(bytes: good, path: "test").arrays == ["a": NPYArray(1), "b": NPYArray(2)])

        func expect(
            _ kind: TensorFileError.Kind, about entry: String? = nil, sourceLocation: SourceLocation = #_sourceLocation,
            _ damage: (inout [UInt8]) -> Void
        ) {
            var bytes = good
            damage(&bytes)
            ArrayFiles.expect(kind, about: entry, sourceLocation: sourceLocation) {
                _ = try NPZ(bytes: bytes, path: "test")
            }
        }
        expect(.malformed) { $0 = [] }
        expect(.malformed) { $0.removeLast() }
        expect(.malformed) { $0.removeFirst(40) }
        expect(.malformed, about: "a.npy") { $0[40] ^= 1 }  // against its sum
        expect(.unsupported, about: "a.npy") { $0[directories[0] + 8] |= 1 }  // encrypted
        expect(.unsupported, about: "a.npy") { $0[directories[0] + 10] = 12 }  // bzip2
        expect(.unsupported, about: "b.npy") { for i in 20..<28 { $0[directories[1] + i] = 0xFF } }  // zip64
        expect(.unsupported) { for i in 10..<20 { $0[end + i] = 0xFF } }  // zip64
        expect(.unsupported) { $0[end + 4] = 1 }  // second disk
        expect(.malformed, about: "a.npy") { $0[directories[0] + 27] = 0x7F }  // larger than what it holds
        expect(.malformed, about: "a.npy") { $0[directories[1] + 46] = 0x61 }  // "a.npy" twice
        expect(.malformed, about: "b.npy") { for i in 42..<46 { $0[directories[1] + i] = 0 } }  // a's data
        expect(.malformed, about: "b.npy") { for i in 42..<46 { $0[directories[1] + i] = 0x7F } }
        expect(.unsupported, about: "a.txt") {
            $0.replaceSubrange(directories[0] + 48..<directories[0] + 51, with: "txt".utf8)
        }
    }

    @Test(
        "Damaged files throw or give values", arguments: ["stored.npz", "deflated.npz", "refused.npz", "versions.npz"])
    func damaged(name: String) throws {
        let bytes = try FileBytes.contents(of: ArrayFiles.fixture(name))
        ArrayFiles.damaged(bytes, times: 1500, seed: 61) { damaged in
            do {
                let file = try NPZ(bytes: damaged, path: "damaged")
                let total = file.arrays.values.reduce(0) { $0 + $1.storage.count }
                #expect(total <= damaged.count * ZipArchive.greatestRatio)
            } catch { #expect(error is TensorFileError) }
        }
    }

    @Test("Damaged arrays, where no sum protects them, throw or give values")
    func damagedArrays() throws {
        for array in Self.sample.values {
            let bytes = array.encoded
            ArrayFiles.damaged(Array(bytes.prefix(400)), times: 400, seed: 62) { damaged in
                for bytes in [damaged, damaged + bytes.dropFirst(400)] {
                    do {
                        let value = try NPYArray(decoding: bytes, path: "damaged", name: "x")
                        #expect(value.storage.count <= bytes.count)
                    } catch { #expect(error is TensorFileError) }
                }
            }
        }
    }
}
