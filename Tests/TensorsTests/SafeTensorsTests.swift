import Foundation
import Geometry
import Testing

@testable import Tensors

@Suite("SafeTensors")
struct SafeTensorsTests {
    @Test("Reads what the reference implementation writes")
    func reference() throws {
        let file = try SafeTensors(path: ArrayFiles.fixture("reference.safetensors"))
        #expect(file.names == ["brain", "byte", "half", "int", "long", "nothing", "single"])
        #expect(file.metadata == ["format": "np", "note": "a \"quoted\" é"])
        #expect(file.contains("half") && !file.contains("third"))

        let single = try file.floats("single", shape: [2, 3])
        #expect(single.shape == [2, 3])
        #expect(single.values == [-0.5, -0.25, 0, 0.25, 0.5, 0.75])
        let half = try file.floats("half").values
        #expect(half == [1, -0.33300781, 65504, 5.9604645e-8, -0.0, .infinity])
        #expect(half[4].sign == .minus)
        #expect(try file.floats("brain").values == [1, -2.5, 3.140625])
        #expect(try file.integers("int").values == [-7, 2_147_483_647])
        #expect(try file.integers("byte", shape: [1, 2]).values == [0, 255])
        let long = try file.integers("long")
        #expect(long.shape == [] && long.values == [-1_099_511_627_776])
        let nothing = try file.floats("nothing")
        #expect(nothing.shape == [0, 4] && nothing.values == [])
        #expect(try file.dataType("brain") == .bf16)
    }

    @Test("A changed bit anywhere is told, by the sum inside or by the list beside")
    func checksums() throws {
        try ArrayFiles.withFolder { folder in
            let path = folder.appending(path: "a.safetensors").path
            try SafeTensors.write(
                path: path, tensors: [.init("w", shape: [4], .f32([1, 2, 3, 4]))], metadata: ["kind": "test"])
            let bytes = try FileBytes.contents(of: path)
            #expect(try SafeTensors(path: path).metadata == ["kind": "test"])
            for place in bytes.indices {
                var damaged = bytes
                damaged[place] ^= 1
                try FileBytes.replace(path, with: damaged)
                let file = try? SafeTensors(path: path)
                // A name of the sum that changed leaves the weights as they were.
                #expect(file == nil || (try? file?.floats("w").values) == [1, 2, 3, 4], "byte \(place)")
            }
            let reference = try FileBytes.contents(of: ArrayFiles.fixture("reference.safetensors"))
            try FileBytes.replace(path, with: reference)
            let list = folder.appending(path: "checksums.json").path
            try FileBytes.replace(list, with: Array(#"{"a.safetensors": "00000000"}"#.utf8))
            ArrayFiles.expect(.malformed) { _ = try SafeTensors(path: path) }
            try FileBytes.replace(list, with: Array(#"{"b.safetensors": "00000000"}"#.utf8))
            #expect(try SafeTensors(path: path).names.count == 7)
        }
    }

    @Test("The shipped weights are as they were made")
    func shipped() throws {
        let models = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Models")
        let folders = try FileManager.default.contentsOfDirectory(at: models, includingPropertiesForKeys: nil)
        for folder in folders {
            for name in try FileManager.default.contentsOfDirectory(atPath: folder.path)
            where name.hasSuffix(".safetensors") {
                let path = folder.appending(path: name).path
                _ = try SafeTensors(path: path)
                var bytes = try FileBytes.contents(of: path)
                bytes[bytes.count - 9] ^= 4
                #expect(throws: TensorFileError.self, "\(path)") { try SafeTensors(bytes: bytes, path: path) }
            }
        }
    }

    @Test("Asking for what is not there says what is")
    func wrongQuestions() throws {
        let file = try SafeTensors(path: ArrayFiles.fixture("reference.safetensors"))
        ArrayFiles.expect(.missing, about: "third") { _ = try file.floats("third") }
        ArrayFiles.expect(.mismatch, about: "single") { _ = try file.floats("single", shape: [3, 2]) }
        ArrayFiles.expect(.mismatch, about: "int") { _ = try file.floats("int") }
        ArrayFiles.expect(.mismatch, about: "half") { _ = try file.integers("half") }
        let error = #expect(throws: TensorFileError.self) { try file.floats("single", shape: [3, 2]) }
        #expect(error?.description.hasSuffix("array 'single': found shape [2, 3], expected [3, 2]") == true)
        ArrayFiles.expect(.unreadable) { _ = try SafeTensors(path: "/nowhere/at/all.safetensors") }
        ArrayFiles.expect(.unreadable) { _ = try SafeTensors(path: "/tmp") }
    }

    @Test("What is written is read back, and the same twice gives the same bytes")
    func roundTrip() throws {
        var random = SplitMix64(seed: 50)
        let floats = random.floats(35, in: -100...100)
        let tensors: [SafeTensors.Output] = [
            .init("layers.0.weight", shape: [5, 7], .f32(floats)), .init("half \"é\"/", shape: [7, 5], .f16(floats)),
            .init("steps", shape: [], .i32([.min])), .init("empty", shape: [3, 0], .f32([])),
        ]
        try ArrayFiles.withFolder { folder in
            let paths = ["a", "b"].map { folder.appending(path: $0).path }
            try SafeTensors.write(path: paths[0], tensors: tensors, metadata: ["b": "2", "a": "line\nbreak"])
            try SafeTensors.write(
                path: paths[1], tensors: tensors.reversed(), metadata: ["a": "line\nbreak", "b": "2"])
            #expect(try FileBytes.contents(of: paths[0]) == FileBytes.contents(of: paths[1]))

            let file = try SafeTensors(path: paths[0])
            #expect(file.metadata == ["a": "line\nbreak", "b": "2"])
            #expect(file.names == tensors.map(\.name).sorted())
            #expect(try file.floats("layers.0.weight", shape: [5, 7]).values == floats)
            #expect(try file.integers("steps", shape: []).values == [Int(Int32.min)])
            #expect(try file.floats("empty", shape: [3, 0]).values == [])
            let half = try file.floats("half \"é\"/", shape: [7, 5]).values
            for (a, b) in zip(half, floats) { #expect(abs(a - b) <= abs(b) / 2048) }
        }
    }

    @Test("Writing replaces a file at once and leaves nothing beside it, also when it fails")
    func replacing() throws {
        try ArrayFiles.withFolder { folder in
            let path = folder.appending(path: "weights").path
            for value: Float in [1, 2] {
                try SafeTensors.write(path: path, tensors: [.init("x", shape: [1], .f32([value]))])
                #expect(try SafeTensors(path: path).floats("x").values == [value])
            }
            try FileManager.default.createDirectory(
                at: folder.appending(path: "taken/inside"), withIntermediateDirectories: true)
            ArrayFiles.expect(.unwritable) {
                try SafeTensors.write(path: folder.appending(path: "taken").path, tensors: [])
            }
            ArrayFiles.expect(.unwritable) {
                try SafeTensors.write(path: folder.appending(path: "absent/weights").path, tensors: [])
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["taken", "weights"])
        }
    }

    @Test("Tensors that do not fit their shape or share a name are not written")
    func unwritable() {
        let good = SafeTensors.Output("x", shape: [2], .f32([1, 2]))
        for bad in [
            SafeTensors.Output("y", shape: [3], .f32([1, 2])), .init("x", shape: [], .i32([1])),
            .init("__metadata__", shape: [], .i32([1])), .init("z", shape: [.max, 4], .f16([])),
        ] {
            #expect(throws: TensorFileError.self, "\(bad)") {
                try SafeTensors.write(path: "/nowhere/x", tensors: [good, bad])
            }
        }
    }

    static let malformed: [(why: String, header: String, data: Int, entry: String?)] = [
        ("not JSON", "{", 0, nil),
        ("not an object", "[1]", 0, nil),
        ("no offsets", #"{"x":{"dtype":"F32","shape":[1]}}"#, 4, nil),
        ("metadata is no strings", #"{"__metadata__":{"a":1}}"#, 0, nil),
        ("an offset alone", #"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0]}}"#, 4, "x"),
        ("backwards", #"{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4, "x"),
        ("negative", #"{"x":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}"#, 4, "x"),
        ("past the end", #"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 4, "x"),
        ("shape too large", #"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4, "x"),
        ("negative extent", #"{"x":{"dtype":"F32","shape":[-1,-1],"data_offsets":[0,4]}}"#, 4, "x"),
        ("overflow", #"{"x":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#, 0, "x"),
        ("extent beyond Int", #"{"x":{"dtype":"F32","shape":[1e30],"data_offsets":[0,4]}}"#, 4, nil),
        (
            "overlap",
            #"{"x":{"dtype":"I32","shape":[2],"data_offsets":[0,8]},"y":{"dtype":"I32","shape":[1],"data_offsets":[4,8]}}"#,
            8, "y"
        ),
        ("gap", #"{"x":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}"#, 8, "x"),
        ("data left over", #"{"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}"#, 8, nil),
    ]

    @Test("Files that break the rules are refused", arguments: malformed)
    func refused(why: String, header: String, data: Int, entry: String?) {
        ArrayFiles.expect(.malformed, about: entry) { _ = try Self.open(header, data) }
    }

    @Test("Short files, headers longer than the file and unknown types are refused")
    func truncated() {
        ArrayFiles.expect(.malformed) { _ = try SafeTensors(bytes: [1, 2, 3], path: "short") }
        ArrayFiles.expect(.malformed) {
            _ = try SafeTensors(bytes: [3, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x7D], path: "long header")
        }
        ArrayFiles.expect(.malformed) { _ = try SafeTensors(bytes: [UInt8](repeating: 0xFF, count: 9), path: "huge") }
        ArrayFiles.expect(.unsupported, about: "x") {
            _ = try Self.open(#"{"x":{"dtype":"F8_E5M2","shape":[4],"data_offsets":[0,4]}}"#, 4)
        }
    }

    private static func open(_ header: String, _ data: Int) throws -> SafeTensors {
        var bytes: [UInt8] = []
        bytes.append(elements: [UInt64(header.utf8.count)])
        bytes += header.utf8
        bytes += repeatElement(0, count: data)
        return try SafeTensors(bytes: bytes, path: "test")
    }

    @Test("Damaged files throw or give values, never more than there are bytes")
    func damaged() throws {
        let bytes = try FileBytes.contents(of: ArrayFiles.fixture("reference.safetensors"))
        var opened = 0
        ArrayFiles.damaged(bytes, times: 3000, seed: 51) { damaged in
            do {
                let file = try SafeTensors(bytes: damaged, path: "damaged")
                opened += 1
                for name in file.names {
                    let count =
                        try file.dataType(name).isInteger
                        ? file.integers(name).values.count : file.floats(name).values.count
                    #expect(count <= damaged.count)
                }
            } catch { #expect(error is TensorFileError) }
        }
        #expect(opened > 10 && opened < 2990, "\(opened) could be opened")
    }

    @Test("Every 16-bit number is widened exactly and comes back")
    func halfPrecision() {
        for bits in UInt16.min ... .max {
            let value = HalfPrecision.float(fromF16: bits)
            let exponent = Int(bits >> 10 & 0x1F)
            let fraction = Float(bits & 0x3FF)
            let sign: Float = bits >> 15 == 0 ? 1 : -1
            if exponent == 31 && fraction != 0 {
                #expect(value.isNaN && Float(bitPattern: UInt32(HalfPrecision.f16(from: value))).magnitude > 0)
                continue
            }
            let expected: Float =
                exponent == 31
                ? .infinity
                : exponent == 0
                    ? fraction * 0x1p-24 : Float(sign: .plus, exponent: exponent - 15, significand: 1 + fraction / 1024)
            #expect(value == sign * expected)
            #expect(HalfPrecision.f16(from: value) == bits)
        }
    }

    @Test("Rounding to 16 bits goes to the nearest, ties to even")
    func rounding() {
        var random = SplitMix64(seed: 52)
        for _ in 0..<20_000 {
            let low = UInt16.random(in: 0..<0x7BFF, using: &random)
            let (a, b) = (HalfPrecision.float(fromF16: low), HalfPrecision.float(fromF16: low + 1))
            let middle = (a + b) / 2
            #expect(HalfPrecision.f16(from: middle) == (low % 2 == 0 ? low : low + 1))
            #expect(HalfPrecision.f16(from: middle.nextDown) == low)
            #expect(HalfPrecision.f16(from: -middle.nextUp) == (low + 1) | 0x8000)
        }
        #expect(HalfPrecision.f16(from: 65519) == 0x7BFF)
        #expect(HalfPrecision.f16(from: 65520) == 0x7C00)
        #expect(HalfPrecision.f16(from: 1e-30) == 0)
    }
}

extension SafeTensors.DataType {
    fileprivate var isInteger: Bool { self == .i32 || self == .i64 || self == .u8 }
}
