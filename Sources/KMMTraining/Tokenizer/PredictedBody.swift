import Geometry
import HumanBody
import HumanMotion
import KMM
import Tensors

/// The body that predicted features make: joint places by forward kinematics of the predicted rotations, and the way back for
/// gradients.
struct PredictedBody {
    /// Normalised features, [rows, 276].
    let prediction: Tensor
    let tokenizer: MotionTokenizer
    /// Places relative to the pelvis, in the heading frame, metres: 22 a row.
    private var places: [Vector3f] = []
    private var local: [RowRotation] = []
    private var global: [Matrix3f] = []

    private static let joints = HumanJoint.count
    private static let offsets = SMPLSkeleton.offsets.map { Vector3f($0) }

    init(_ prediction: Tensor, tokenizer: MotionTokenizer) {
        self.prediction = prediction
        self.tokenizer = tokenizer
        let count = prediction.rows * Self.joints
        places.reserveCapacity(count)
        local.reserveCapacity(count)
        global.reserveCapacity(count)
        for row in 0..<prediction.rows {
            for joint in HumanJoint.allCases {
                let column = MotionFeatures.rotation(of: joint).lowerBound
                let rotation = RowRotation(vector(row, column), vector(row, column + 3))
                local.append(rotation)
                guard let parent = joint.parent.map({ row * Self.joints + $0.rawValue }) else {
                    global.append(rotation.matrix)
                    places.append(Vector3f())
                    continue
                }
                global.append(global[parent] * rotation.matrix)
                places.append(places[parent] + global[parent] * Self.offsets[joint])
            }
        }
    }

    /// Where a joint of a row is, relative to the pelvis.
    func place(_ row: Int, _ joint: HumanJoint) -> Vector3f { places[row * Self.joints + joint.rawValue] }

    /// The same of a row of features that are not normalised.
    static func place(_ joint: HumanJoint, in row: UnsafePointer<Float>) -> Vector3f {
        let (root, column) = (
            MotionFeatures.position(of: .pelvis).lowerBound, MotionFeatures.position(of: joint).lowerBound
        )
        return Vector3f(row[column] - row[root], row[column + 1] - row[root + 1], row[column + 2] - row[root + 2])
    }

    /// A predicted number, not normalised.
    func raw(_ row: Int, _ column: Int) -> Float {
        prediction.data[row * prediction.width + column] * tokenizer.deviation.data[column]
            + tokenizer.mean.data[column]
    }

    /// A loss of the given value, with its derivatives by `places` and, besides, by features that are not normalised: row,
    /// column, derivative.
    func loss(
        _ value: Float, gradients: [Vector3f], raw: [(row: Int, column: Int, slope: Float)] = []
    ) -> Tensor {
        let slope = Tensor(repeating: 0, shape: prediction.shape)
        let (width, deviation) = (prediction.width, tokenizer.deviation.data)
        for (row, column, value) in raw { slope.data[row * width + column] += value * deviation[column] }
        var byPlace = [Vector3f](repeating: Vector3f(), count: Self.joints)
        var byRotation = [Matrix3f](repeating: Matrix3f(), count: Self.joints)
        for row in 0..<prediction.rows {
            let first = row * Self.joints
            for joint in HumanJoint.allCases {
                byPlace[joint] = gradients[first + joint.rawValue]
                byRotation[joint] = Matrix3f()
            }
            for joint in HumanJoint.allCases.reversed() {
                let rotation = local[first + joint.rawValue]
                var upstream = byRotation[joint]
                if let parent = joint.parent {
                    byPlace[parent] = byPlace[parent] + byPlace[joint]
                    byRotation[parent] =
                        byRotation[parent] + Matrix3f(outer: byPlace[joint], Self.offsets[joint])
                        + byRotation[joint] * rotation.matrix.transposed
                    upstream = global[first + parent.rawValue].transposed * upstream
                }
                let (one, two) = rotation.pullback(upstream)
                let column = MotionFeatures.rotation(of: joint).lowerBound
                let target = slope.data + row * width + column
                for axis in 0..<3 {
                    target[axis] += one[axis] * deviation[column + axis]
                    target[3 + axis] += two[axis] * deviation[column + 3 + axis]
                }
            }
        }
        return prediction.scalar(value, slope: slope)
    }

    private func vector(_ row: Int, _ column: Int) -> Vector3f {
        Vector3f(raw(row, column), raw(row, column + 1), raw(row, column + 2))
    }
}
