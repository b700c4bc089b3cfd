import Geometry
import HumanBody
import HumanMotion
import KMM
import Tensors

/// Penalises wrong joint positions that follow from the predicted rotations, so that small errors near the root, which
/// move the whole limb, weigh what they do.
///
/// Positions are relative to the pelvis, in the heading frame; the loss is the Huber loss of the difference over `scale`, the
/// weighted mean over the joints. Wrists and ankles weigh more than the rest: they carry what a throw, a punch or a kick is.
struct ForwardKinematicsLoss {
    /// Metres that count as one.
    var scale: Float = 0.1
    /// How much more than the other joints the wrists and the ankles weigh.
    var limbWeights: (wrist: Float, ankle: Float) = (4, 2)

    /// Weights of all joints, their sum the number of joints that move.
    private var weights: [Float] {
        var weights = [Float](repeating: 1, count: HumanJoint.count)
        weights[.pelvis] = 0
        for side in Side.both { (weights[side.wrist], weights[side.ankle]) = limbWeights }
        let scale = Float(weights.count - 1) / weights.reduce(0, +)
        return weights.map { $0 * scale }
    }

    /// The loss against raw targets, [rows, 276], with its hand-written gradient.
    func callAsFunction(_ body: PredictedBody, target: UnsafePointer<Float>) -> Tensor {
        let (rows, width, joints) = (body.prediction.rows, body.prediction.width, HumanJoint.count)
        let weights = weights
        var gradients = [Vector3f](repeating: Vector3f(), count: rows * joints)
        var total = 0.0
        let share = 1 / (Float(rows) * Float(joints - 1) * 3)
        for row in 0..<rows {
            let truth = target + row * width
            for (_, joint) in HumanJoint.bones {
                let error = (body.place(row, joint) - PredictedBody.place(joint, in: truth)) * (1 / scale)
                for axis in 0..<3 {
                    let e = error[axis]
                    total += Double(weights[joint] * (abs(e) < 1 ? 0.5 * e * e : abs(e) - 0.5))
                }
                gradients[row * joints + joint.rawValue] = error.clamped * (weights[joint] * share / scale)
            }
        }
        return body.loss(Float(total) * share, gradients: gradients)
    }
}

/// Gram–Schmidt on two rows, with its derivative.
struct RowRotation {
    var first = Vector3f(1, 0, 0)
    var second = Vector3f(0, 1, 0)
    var x = Vector3f(1, 0, 0)
    var y = Vector3f(0, 1, 0)
    var firstLength: Float = 1
    var restLength: Float = 1

    init() {}

    init(_ first: Vector3f, _ second: Vector3f) {
        self.first = first
        self.second = second
        firstLength = max(first.length, 1e-6)
        x = first * (1 / firstLength)
        let rest = second - x * x.dot(second)
        restLength = max(rest.length, 1e-6)
        y = rest * (1 / restLength)
    }

    var matrix: Matrix3f { Matrix3f(x, y, x.cross(y)) }

    /// Gradients by the two rows, given the gradient by the matrix.
    func pullback(_ upstream: Matrix3f) -> (Vector3f, Vector3f) {
        var (gx, gy, gz) = upstream.rows
        gx = gx + y.cross(gz)
        gy = gy + gz.cross(x)
        let rest = (gy - y * y.dot(gy)) * (1 / restLength)
        let gSecond = rest - x * x.dot(rest)
        gx = gx - rest * x.dot(second) - second * x.dot(rest)
        return ((gx - x * x.dot(gx)) * (1 / firstLength), gSecond)
    }
}
