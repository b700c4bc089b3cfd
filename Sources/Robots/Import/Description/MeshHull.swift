import FoundationEssentials
import Geometry

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The outline of a triangle mesh (STL, OBJ or DAE): its farthest points in many directions.
struct MeshHull {
    static let greatestSize = 64 << 20
    private static let directions = Vector3.sphere(256)

    let points: [Vector3]

    /// Looks for the file where the description says; nil when it is not there or no mesh of a known kind.
    init?(_ name: String, besides description: String, scale: Vector3) {
        guard let bytes = Self.find(name, besides: description) else { return nil }
        let vertices =
            switch name.lowercased().suffix(4) {
            case ".obj": Self.obj(bytes)
            case ".dae": ColladaVertices(bytes).points
            default: Self.stl(bytes)
            }
        self.init(vertices, scale: scale)
    }

    /// The mesh `NAME.stl` of a body in a folder; nil when there is none.
    init?(ofBody name: String, in folder: String) {
        let file = folder + "/" + name.replacing("/", with: "_") + ".stl"
        guard !name.contains(".."), let data = try? RegularFile.contents(of: file, atMost: Self.greatestSize) else {
            return nil
        }
        self.init(Self.stl(Array(data)), scale: Vector3(1, 1, 1))
    }

    private init?(_ vertices: [Vector3], scale: Vector3) {
        let scaled = vertices.map { Vector3($0.x * scale.x, $0.y * scale.y, $0.z * scale.z) }.filter(\.isFinite)
        guard scaled.count > 3 else { return nil }
        var best = [(reach: Double, index: Int)](repeating: (-.infinity, 0), count: Self.directions.count)
        for (index, point) in scaled.enumerated() {
            for (at, direction) in Self.directions.enumerated() {
                let reach = point.dot(direction)
                if reach > best[at].reach { best[at] = (reach, index) }
            }
        }
        points = Set(best.map(\.index)).sorted().map { scaled[$0] }
    }

    /// `package://name/path`, `file:///path`, or a path beside the description or in a folder above it.
    private static func find(_ name: String, besides description: String) -> [UInt8]? {
        guard [".stl", ".obj", ".dae"].contains(where: name.lowercased().hasSuffix) else { return nil }
        var path = name
        for scheme in ["package://", "model://", "file://"] where path.hasPrefix(scheme) {
            path = String(path.dropFirst(scheme.count))
        }
        var candidates = [path]
        if let slash = path.firstIndex(of: "/") { candidates.append(String(path[path.index(after: slash)...])) }
        var folder = URL(filePath: description).standardizedFileURL.deletingLastPathComponent()
        for _ in 0..<5 {
            for candidate in candidates {
                let file = candidate.hasPrefix("/") ? candidate : folder.appending(path: candidate).path
                if let data = try? RegularFile.contents(of: file, atMost: greatestSize) { return Array(data) }
            }
            folder = folder.deletingLastPathComponent()
        }
        return nil
    }

    private static func stl(_ bytes: [UInt8]) -> [Vector3] {
        bytes.withUnsafeBytes { raw in
            guard raw.count >= 84 else { return [] }
            let count = Int(UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: 80, as: UInt32.self)))
            guard raw.count == 84 + 50 * count else { return words(bytes, after: "vertex") }
            func number(_ offset: Int) -> Double {
                Double(
                    Float(bitPattern: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt32.self))))
            }
            return (0..<3 * count).map { index in
                let offset = 84 + index / 3 * 50 + 12 + index % 3 * 12
                return Vector3(number(offset), number(offset + 4), number(offset + 8))
            }
        }
    }

    private static func obj(_ bytes: [UInt8]) -> [Vector3] { words(bytes, after: "v") }

    /// The three numbers behind every line's first word `key`.
    private static func words(_ bytes: [UInt8], after key: String) -> [Vector3] {
        bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let words = String(decoding: line, as: UTF8.self).split(whereSeparator: \.isWhitespace)
            guard words.count >= 4, words[0] == key, let x = Double(words[1]), let y = Double(words[2]),
                let z = Double(words[3])
            else { return nil }
            return Vector3(x, y, z)
        }
    }
}

extension Vector3 {
    /// So many directions, evenly spread: points of a spiral on the sphere.
    static func sphere(_ count: Int) -> [Vector3] {
        (0..<count).map { index in
            let z = 1 - (2 * Double(index) + 1) / Double(count)
            let (r, angle) = ((1 - z * z).squareRoot(), Double(index) * .pi * (3 - 5.0.squareRoot()))
            return Vector3(r * cos(angle), r * sin(angle), z)
        }
    }
}
