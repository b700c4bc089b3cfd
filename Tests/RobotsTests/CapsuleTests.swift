import CRigidBody
import Geometry
import Testing

@Suite("Distances of capsules")
struct CapsuleTests {
    @Test(
        "the gap is the least distance of the axes' points less the reach, for parallel, crossing and point capsules too"
    )
    func gap() throws {
        func body(_ parent: Int32) -> krb_body {
            let origin = krb_vector3(x: 0, y: 0, z: 0)
            let place = krb_pose(position: origin, rotation: krb_quaternion(w: 1, x: 0, y: 0, z: 0))
            return krb_body(
                parent: parent, kind: KRB_FIXED, placement: place, axis: origin, origin: origin, variable: -1, ratio: 1,
                constant: 0, mass: 1, center_of_mass: origin)
        }
        var model: OpaquePointer?
        #expect(krb_model_create([body(-1), body(0)], 2, 0, 0, &model) == KRB_OK)
        let tree = try #require(model)
        defer { krb_model_destroy(tree) }
        var scratch: OpaquePointer?
        #expect(krb_workspace_create(tree, 0, &scratch) == KRB_OK)
        let workspace = try #require(scratch)
        defer { krb_workspace_destroy(workspace) }

        var random = SplitMix64(seed: 4)
        func vector() -> Vector3 {
            Vector3(
                .random(in: -1...1, using: &random), .random(in: -1...1, using: &random),
                .random(in: -1...1, using: &random))
        }
        for trial in 0..<200 {
            let (a, b, c) = (vector(), vector(), vector())
            var d = vector()
            if trial.isMultiple(of: 4) { d = c + (b - a) * 0.7 }
            if trial % 4 == 1 { d = c }
            let capsules = [
                krb_capsule(body: 0, from: native(a), to: native(b)),
                krb_capsule(body: 1, from: native(c), to: native(d)),
            ]
            let pair = krb_capsule_pair(capsule: (0, 1), reach: 0.1)
            #expect(krb_workspace_watch(workspace, capsules, 2, [pair], 1) == KRB_OK)
            let gap = krb_least_gap(workspace)
            var least = Double.infinity
            let steps = 100
            for i in 0...steps {
                for k in 0...steps {
                    let p = a.mixed(with: b, Double(i) / Double(steps))
                    let q = c.mixed(with: d, Double(k) / Double(steps))
                    least = min(least, (p - q).length)
                }
            }
            #expect(gap <= least - 0.1 + 1e-9)
            #expect(gap > least - 0.1 - 0.05)
        }
    }

    private func native(_ v: Vector3) -> krb_vector3 { krb_vector3(x: v.x, y: v.y, z: v.z) }
}
