import Geometry

extension Vector3 {
    /// To a nanometre, so that files hold no noise.
    var tidy: Vector3 {
        func tidy(_ v: Double) -> Double { (v * 1e9).rounded() / 1e9 + 0 }
        return Vector3(tidy(x), tidy(y), tidy(z))
    }
    var rounded6: Vector3 {
        func tidy(_ v: Double) -> Double { (v * 1e6).rounded() / 1e6 + 0 }
        return Vector3(tidy(x), tidy(y), tidy(z))
    }
}

extension Quaternion {
    var tidy: Quaternion {
        func tidy(_ v: Double) -> Double { (v * 1e9).rounded() / 1e9 + 0 }
        return Quaternion(w: tidy(w), x: tidy(x), y: tidy(y), z: tidy(z))
    }
}
