/// Files that people take for descriptions of robots, told by their first bytes.
enum FileKind {
    /// What is read.
    static let descriptions = "<robot> (URDF), <mujoco> (MJCF) or <sdf> (SDF)"

    /// Names the format of a file that is no description which this program reads.
    static func refuse(_ file: String) throws(DescriptionError) {
        guard let handle = try? RegularFile.contents(of: file, atMost: MeshHull.greatestSize) else { return }
        let start = String(decoding: handle.prefix(256), as: UTF8.self)
        let name = file.lowercased()
        func refuse(_ problem: String, _ expected: String) -> DescriptionError {
            DescriptionError(code: .unknownFormat, file: file, place: "", problem: problem, expected: expected)
        }
        let usd = "URDF or MJCF: the maker's, or what Isaac Sim or usd2mjcf export from it"
        if start.hasPrefix("#usda") || start.hasPrefix("PXR-USDC") || name.hasSuffix(".usd") || name.hasSuffix(".usdz")
        {
            throw refuse("is a USD scene", usd)
        }
        let mesh = "the description that names this mesh, URDF, MJCF or SDF"
        if name.hasSuffix(".stl") || start.hasPrefix("solid ") {
            throw refuse("is an STL mesh: a shape, without joints", mesh)
        }
        if name.hasSuffix(".obj") { throw refuse("is an OBJ mesh: a shape, without joints", mesh) }
        if start.hasPrefix("glTF") || name.hasSuffix(".gltf") {
            throw refuse("is a glTF mesh: a shape, without joints", mesh)
        }
        if start.hasPrefix("ISO-10303-21") { throw refuse("is a STEP drawing, without joints", mesh) }
        if start.hasPrefix("PK\u{3}\u{4}") { throw refuse("is a ZIP archive", "a file that was taken out of it") }
        if start.hasPrefix("VRML") || start.hasPrefix("#VRML") {
            throw refuse("is a VRML model", "URDF, MJCF or SDF")
        }
        if let first = start.first(where: { !$0.isWhitespace }), first == "{" {
            throw refuse("is JSON", "a description, URDF, MJCF or SDF; a profile is checked with kmmctl profile check")
        }
    }
}
