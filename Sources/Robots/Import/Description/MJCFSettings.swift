import Geometry

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What an MJCF file sets for all of its elements: the compiler's options and the default classes.
struct MJCFSettings {
    /// Radians in one of the file's units of angle.
    private(set) var angleUnit = Double.pi / 180
    private(set) var eulerSequence = Array("xyz")
    private(set) var autolimits = true
    /// Whether masses come from shapes; nil: where a body has no `inertial`.
    private(set) var inertiaFromGeom: Bool?
    private(set) var inertiaGroups = 0.0...5.0
    private(set) var leastMass = 0.0
    private(set) var leastInertia = 0.0
    private(set) var totalMass: Double?
    private(set) var meshFolder = ""
    /// Attributes by class and element.
    private var classes: [String: [String: [String: String]]] = ["main": [:]]

    private static let actuators: Set = [
        "general", "motor", "position", "velocity", "intvelocity", "damper", "cylinder", "muscle", "adhesion",
    ]

    init(_ root: XMLNode) throws(DescriptionError) {
        for node in root.all("compiler") { try read(compiler: node) }
        for node in root.all("default") { try read(defaults: node, parent: "main", isTop: true) }
    }

    private mutating func read(compiler node: XMLNode) throws(DescriptionError) {
        switch node["angle"] {
        case nil: break
        case "radian": angleUnit = 1
        case "degree": angleUnit = .pi / 180
        case .some(let other): throw node.error(.invalidValue, "angle is \"\(other)\"", expected: "radian or degree")
        }
        if let sequence = node["eulerseq"] {
            guard sequence.count == 3, sequence.allSatisfy({ "xyzXYZ".contains($0) }) else {
                throw node.error(.invalidValue, "eulerseq is \"\(sequence)\"", expected: "three of x, y, z, X, Y, Z")
            }
            eulerSequence = Array(sequence)
        }
        if node["coordinate"] == "global" {
            throw node.error(
                .unsupported, "has global coordinates", expected: "local coordinates, as MuJoCo 2.3 and later")
        }
        if let value = node["autolimits"] { autolimits = value == "true" }
        switch node["inertiafromgeom"] {
        case "true": inertiaFromGeom = true
        case "false": inertiaFromGeom = false
        default: break
        }
        if let groups = try node.numbers("inertiagrouprange", count: 2...2), groups[0] <= groups[1] {
            inertiaGroups = groups[0]...groups[1]
        }
        leastMass = try node.number("boundmass") ?? leastMass
        leastInertia = try node.number("boundinertia") ?? leastInertia
        if let mass = try node.number("settotalmass"), mass > 0 { totalMass = mass }
        meshFolder = node["meshdir"] ?? node["assetdir"] ?? meshFolder
    }

    private mutating func read(defaults node: XMLNode, parent: String, isTop: Bool) throws(DescriptionError) {
        let name: String
        if isTop { name = node["class"] ?? "main" } else { name = try node.require("class") }
        var elements = classes[name] ?? classes[parent] ?? [:]
        for child in node.children where child.name != "default" {
            let key = Self.actuators.contains(child.name) ? "general" : child.name
            elements[key] = (elements[key] ?? [:]).merging(child.attributes) { $1 }
        }
        classes[name] = elements
        if isTop { classes["main"] = elements }
        for child in node.all("default") { try read(defaults: child, parent: name, isTop: false) }
    }

    /// The element with the attributes of its class, or else of the class of the bodies around it.
    func resolved(_ node: XMLNode, childClass: String?) throws(DescriptionError) -> XMLNode {
        let name = node["class"] ?? childClass ?? "main"
        guard let elements = classes[name] else {
            let nearest = nearestName(to: name, among: Array(classes.keys).sorted()) ?? "main"
            throw node.error(
                .unknownName, "class \"\(name)\" is no default class", expected: "one, like \"\(nearest)\"")
        }
        let key = Self.actuators.contains(node.name) ? "general" : node.name
        return elements[key].map(node.inheriting) ?? node
    }

    /// Position and orientation of an element.
    func pose(_ node: XMLNode) throws(DescriptionError) -> RigidTransform {
        RigidTransform(translation: try node.vector("pos") ?? .zero, rotation: try rotation(node))
    }

    /// Orientation of an element, in any of the forms of MJCF.
    func rotation(_ node: XMLNode) throws(DescriptionError) -> Quaternion {
        if let q = try node.quaternion("quat") { return q }
        if let v = try node.numbers("axisangle", count: 4...4) {
            let axis = Vector3(v[0], v[1], v[2])
            guard axis.length > 1e-9 else {
                throw node.error(.invalidValue, "axisangle has no axis", expected: "x y z angle")
            }
            return Quaternion(angle: v[3] * angleUnit, axis: axis.normalized)
        }
        if let angles = try node.vector("euler") {
            var q = Quaternion.identity
            for (index, letter) in eulerSequence.enumerated() {
                let axis: Vector3 =
                    switch letter {
                    case "x", "X": Vector3(1, 0, 0)
                    case "y", "Y": Vector3(0, 1, 0)
                    default: Vector3(0, 0, 1)
                    }
                let turn = Quaternion(angle: angles[index] * angleUnit, axis: axis)
                q = letter.isLowercase ? q * turn : turn * q
            }
            return q
        }
        if let v = try node.numbers("xyaxes", count: 6...6) {
            let x = Vector3(v[0], v[1], v[2]).normalized
            let given = Vector3(v[3], v[4], v[5])
            let y = (given - x * x.dot(given)).normalized
            guard x.isFinite, y.isFinite, y.length > 0.5, x.length > 0.5 else {
                throw node.error(.invalidValue, "xyaxes are parallel", expected: "two directions")
            }
            return Quaternion(Matrix3(columns: x, y, x.cross(y)))
        }
        if let z = try node.direction("zaxis") { return Quaternion(from: Vector3(0, 0, 1), to: z) }
        return .identity
    }
}
