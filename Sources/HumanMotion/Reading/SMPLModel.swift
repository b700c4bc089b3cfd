public import Geometry
import HumanBody
public import Tensors

/// What a user's own SMPL, SMPL-H or SMPL-X model file tells of bodies: where the joints lie for a shape.
///
/// An npz of `v_template` [V, 3], `shapedirs` [V, 3, B] (metres for each beta) and `J_regressor` [J, V], of which the first 22
/// joints are used: `J = J_regressor (v_template + shapedirs betas)` (Loper et al., SIGGRAPH Asia 2015, eq. 8 to 10).
public struct SMPLModel: Sendable {
    /// Why a file is no model.
    public enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
        /// A pickle, which can hold any program.
        case pickle(path: String)
        /// The file, or an array in it, cannot be read.
        case array(TensorFileError)
        /// The arrays do not fit each other.
        case shapes(String)

        /// What was wrong, in words.
        public var description: String {
            switch self {
            case .pickle(let path):
                """
                \(path): a pickle holds a program, which is not run here. Once, with Python, numpy, scipy and chumpy: \
                python -c "import pickle, numpy as np; d = pickle.load(open('\(path)', 'rb'), encoding='latin1'); \
                np.savez('smpl_model.npz', v_template=np.array(d['v_template']), shapedirs=np.array(d['shapedirs']), \
                J_regressor=d['J_regressor'].toarray())" and give smpl_model.npz
                """
            case .array(let error): error.description
            case .shapes(let words): words
            }
        }
    }

    private let template: [Vector3]
    /// Shift of each joint for each beta.
    private let directions: [[Vector3]]

    /// Number of shape parameters.
    public var shapeCount: Int { directions.count }

    /// Reads a model.
    public init(path: String) throws(Failure) {
        guard !path.lowercased().hasSuffix(".pkl") else { throw .pickle(path: path) }
        let arrays: NPZ
        do { arrays = try NPZ(path: path) } catch { throw .array(error) }
        try self.init(arrays)
    }

    /// Takes the model from its arrays.
    public init(_ arrays: NPZ) throws(Failure) {
        let vertices: [Double]
        let shapes: [Double]
        let regressor: [Double]
        let betaCount: Int
        let jointCount: Int
        do {
            vertices = try arrays.doubles("v_template", shape: [nil, 3])
            shapes = try arrays.doubles("shapedirs", shape: [vertices.count / 3, 3, nil])
            regressor = try arrays.doubles("J_regressor", shape: [nil, vertices.count / 3])
            betaCount = try arrays.array("shapedirs").shape[2]
            jointCount = try arrays.array("J_regressor").shape[0]
        } catch {
            throw .array(error)
        }
        guard jointCount >= HumanJoint.count else {
            throw .shapes("'J_regressor' has \(jointCount) joints; SMPL's models have 24 or more")
        }
        guard (vertices + shapes + regressor).allSatisfy({ $0.isFinite }) else {
            throw .shapes("the model holds numbers that are not finite")
        }
        let count = vertices.count / 3
        var template = [Vector3](repeating: .zero, count: HumanJoint.count)
        var directions = [[Vector3]](repeating: template, count: betaCount)
        for joint in template.indices {
            for vertex in 0..<count {
                let weight = regressor[joint * count + vertex]
                guard weight != 0 else { continue }
                for axis in 0..<3 {
                    template[joint][axis] += weight * vertices[3 * vertex + axis]
                    for beta in 0..<betaCount {
                        directions[beta][joint][axis] += weight * shapes[(3 * vertex + axis) * betaCount + beta]
                    }
                }
            }
        }
        self.template = template
        self.directions = directions
    }

    /// Positions of the 22 joints in the rest pose, metres. Missing betas are zero, and more than the model has are left out.
    public func joints(betas: [Double]) -> [Vector3] {
        var joints = template
        for (beta, direction) in zip(betas, directions) {
            for joint in joints.indices { joints[joint] += direction[joint] * beta }
        }
        return joints
    }
}
