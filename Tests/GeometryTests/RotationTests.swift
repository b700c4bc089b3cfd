import Geometry
import Testing

@Suite("Rotations")
struct RotationTests {
    /// Seeded random unit quaternions, half of them with a small angle.
    static let samples: [Quaternion] = {
        var generator = SplitMix64(seed: 7)
        return (0..<500).map { index in
            let v = Vector3(
                .random(in: -1...1, using: &generator), .random(in: -1...1, using: &generator),
                .random(in: -1...1, using: &generator))
            return Quaternion(rotationVector: v * (index % 2 == 0 ? 1.8 : 1e-5))
        }
    }()

    @Test("quaternion, matrix, rotation vector and six numbers carry the same rotation")
    func roundTrips() {
        for q in Self.samples {
            let matrix = Matrix3(q)
            #expect(abs(matrix.determinant - 1) < 1e-12)
            #expect((Quaternion(matrix) * q.conjugate).angle < 1e-7)
            #expect((Quaternion(rotationVector: q.rotationVector) * q.conjugate).angle < 1e-7)
            #expect((Quaternion(Rotation6D(matrix).matrix) * q.conjugate).angle < 1e-7)
        }
    }

    @Test("six numbers are rows: a yaw of 90 degrees about y has first row (0, 0, 1)")
    func sixNumbersAreRows() {
        let six = Rotation6D(Matrix3(Quaternion(angle: .pi / 2, axis: Vector3(0, 1, 0))))
        #expect((six.first - Vector3(0, 0, 1)).length < 1e-12)
        #expect((six.second - Vector3(0, 1, 0)).length < 1e-12)
    }

    @Test("acting with a product is acting twice, and with the matrix")
    func action() {
        let v = Vector3(0.3, -1.2, 0.7)
        for (a, b) in zip(Self.samples, Self.samples.reversed()) {
            #expect(((a * b).act(v) - a.act(b.act(v))).length < 1e-12)
            #expect((Matrix3(a) * v - a.act(v)).length < 1e-12)
        }
    }

    @Test("the shortest rotation carries one direction onto the other, opposite ones too")
    func shortest() {
        for q in Self.samples {
            let u = q.act(Vector3(1, 0, 0))
            for v in [Vector3(0, 1, 0), -u, u] {
                #expect((Quaternion(from: u, to: v).act(u) - v).length < 1e-6)
            }
        }
    }

    @Test("slerp meets its ends and half way turns by half the angle")
    func slerp() {
        for (a, b) in zip(Self.samples, Self.samples.dropFirst()) {
            #expect((a.slerp(to: b, 1) * b.conjugate).angle < 1e-7)
            let half = (a.conjugate * a.slerp(to: b, 0.5)).angle
            #expect(abs(half * 2 - (a.conjugate * b).angle) < 1e-6)
        }
    }

    @Test("six degenerate numbers still give a rotation", arguments: [Vector3.zero, Vector3(2, 0, 0)])
    func degenerate(second: Vector3) {
        #expect(abs(Rotation6D(first: Vector3(1, 0, 0), second: second).matrix.determinant - 1) < 1e-12)
        #expect(abs(Rotation6D(first: .zero, second: second).matrix.determinant - 1) < 1e-12)
    }
}
