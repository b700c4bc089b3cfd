import Geometry

/// The vertices of a COLLADA file (.dae), in metres, placed as its scene places them.
///
/// The axis that it calls up is left as it is, as RViz and Gazebo do.
struct ColladaVertices {
    /// A file may place its geometries again and again.
    private static let greatestCount = 1 << 20

    private(set) var points: [Vector3] = []
    /// Places of the vertices by the ids of their geometries.
    private var geometries: [String: [Vector3]] = [:]

    /// Reads what can be read; a file that is none of its kind has no points.
    init(_ bytes: [UInt8]) {
        guard let root = try? XMLDocument.read(bytes, file: "").root, root.name == "COLLADA" else { return }
        for geometry in root.all("library_geometries").flatMap({ $0.all("geometry") }) {
            guard let id = geometry["id"], let mesh = geometry.first("mesh") else { continue }
            geometries[id] = Self.positions(mesh)
        }
        let unit = root.first("asset")?.first("unit").flatMap { try? $0.number("meter") } ?? 1
        let metres = Affine(linear: Matrix3(rows: Vector3(unit, 0, 0), Vector3(0, unit, 0), Vector3(0, 0, unit)))
        for scene in root.all("library_visual_scenes").flatMap({ $0.all("visual_scene") }) { place(scene, metres) }
    }

    private mutating func place(_ node: XMLNode, _ outer: Affine) {
        var transform = outer
        for child in node.children { transform = transform * Affine(child) }
        for instance in node.all("instance_geometry") {
            guard let url = instance["url"], points.count < Self.greatestCount else { continue }
            points += (geometries[String(url.drop { $0 == "#" })] ?? []).map(transform.act)
        }
        for child in node.all("node") { place(child, transform) }
    }

    /// The source of the vertices' positions, three numbers each.
    private static func positions(_ mesh: XMLNode) -> [Vector3] {
        let input = mesh.first("vertices")?.all("input").first { $0["semantic"] == "POSITION" }
        let id = input?["source"].map { String($0.drop { $0 == "#" }) }
        guard let source = mesh.all("source").first(where: { $0["id"] == id }),
            let numbers = source.first("float_array")?.textNumbers
        else { return [] }
        return stride(from: 0, to: numbers.count - 2, by: 3).map {
            Vector3(numbers[$0], numbers[$0 + 1], numbers[$0 + 2])
        }
    }
}

/// A linear map and a shift after it.
private struct Affine {
    var linear = Matrix3.identity
    var shift = Vector3.zero

    func act(_ p: Vector3) -> Vector3 { linear * p + shift }

    static func * (a: Affine, b: Affine) -> Affine { Affine(linear: a.linear * b.linear, shift: a.act(b.shift)) }
}

extension Affine {
    /// What a child of a node does to it; nothing for what is no transformation.
    fileprivate init(_ node: XMLNode) {
        let v = node.textNumbers
        switch (node.name, v.count) {
        case ("matrix", 16):
            self.init(
                linear: Matrix3(rows: Vector3(v[0], v[1], v[2]), Vector3(v[4], v[5], v[6]), Vector3(v[8], v[9], v[10])),
                shift: Vector3(v[3], v[7], v[11]))
        case ("translate", 3): self.init(shift: Vector3(v[0], v[1], v[2]))
        case ("scale", 3):
            self.init(linear: Matrix3(rows: Vector3(v[0], 0, 0), Vector3(0, v[1], 0), Vector3(0, 0, v[2])))
        case ("rotate", 4):
            let axis = Vector3(v[0], v[1], v[2])
            guard axis.length > 1e-9 else { self.init(); return }
            self.init(linear: Matrix3(Quaternion(angle: v[3] * .pi / 180, axis: axis / axis.length)))
        default: self.init()
        }
    }
}

extension XMLNode {
    /// The numbers between its tags, NaN for what is none.
    fileprivate var textNumbers: [Double] {
        text.split { $0 <= UInt8(ascii: " ") }.map { Double(String(decoding: $0, as: UTF8.self)) ?? .nan }
    }
}
