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

    /// The loss of normalised predictions against raw targets, [rows, 276] each, with its hand-written gradient.
    func callAsFunction(_ prediction: Tensor, target: UnsafePointer<Float>, tokenizer: MotionTokenizer) -> Tensor {
        let (rows, width, joints) = (prediction.rows, prediction.width, HumanJoint.count)
        let root = MotionFeatures.position(of: .pelvis).lowerBound
        let slope = Tensor(repeating: 0, shape: prediction.shape)
        let offsets = SMPLSkeleton.offsets.map { Vector3f($0) }
        let weights = weights
        let (mean, deviation) = (tokenizer.mean.data, tokenizer.deviation.data)
        var local = [RowRotation](repeating: RowRotation(), count: joints)
        var global = [Matrix3f](repeating: Matrix3f(), count: joints)
        var place = [Vector3f](repeating: Vector3f(), count: joints)
        var dGlobal = global
        var dPlace = place
        var total = 0.0
        let share = 1 / (Float(rows) * Float(joints - 1) * 3)
        for row in 0..<rows {
            let x = prediction.data + row * width
            let truth = target + row * width
            let raw = { (column: Int) in x[column] * deviation[column] + mean[column] }
            for joint in HumanJoint.allCases {
                let c = MotionFeatures.rotation(of: joint).lowerBound
                local[joint] = RowRotation(
                    Vector3f(raw(c), raw(c + 1), raw(c + 2)), Vector3f(raw(c + 3), raw(c + 4), raw(c + 5)))
                if let parent = joint.parent {
                    global[joint] = global[parent] * local[joint].matrix
                    place[joint] = place[parent] + global[parent] * offsets[joint]
                } else {
                    global[joint] = local[joint].matrix
                    place[joint] = Vector3f()
                }
                dGlobal[joint] = Matrix3f()
                dPlace[joint] = Vector3f()
            }
            for (_, joint) in HumanJoint.bones {
                let c = MotionFeatures.position(of: joint).lowerBound
                let wanted = Vector3f(
                    truth[c] - truth[root], truth[c + 1] - truth[root + 1], truth[c + 2] - truth[root + 2])
                let error = (place[joint] - wanted) * (1 / scale)
                for axis in 0..<3 {
                    let e = error[axis]
                    total += Double(weights[joint] * (abs(e) < 1 ? 0.5 * e * e : abs(e) - 0.5))
                }
                dPlace[joint] = error.clamped * (weights[joint] * share / scale)
            }
            for joint in HumanJoint.allCases.reversed() {
                var upstream = dGlobal[joint]
                if let parent = joint.parent {
                    dPlace[parent] = dPlace[parent] + dPlace[joint]
                    dGlobal[parent] =
                        dGlobal[parent] + Matrix3f(outer: dPlace[joint], offsets[joint])
                        + dGlobal[joint] * local[joint].matrix.transposed
                    upstream = global[parent].transposed * upstream
                }
                let (first, second) = local[joint].pullback(upstream)
                let c = MotionFeatures.rotation(of: joint).lowerBound
                let dx = slope.data + row * width
                for axis in 0..<3 {
                    dx[c + axis] = first[axis] * deviation[c + axis]
                    dx[c + 3 + axis] = second[axis] * deviation[c + 3 + axis]
                }
            }
        }
        return prediction.scalar(Float(total) * share, slope: slope)
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
