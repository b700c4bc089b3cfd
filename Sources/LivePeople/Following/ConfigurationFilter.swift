import Geometry
import Robots

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Takes the noise out of configurations that come one by one, without knowing what comes: an alpha-beta filter of every joint,
/// of the root's place and of its rotation.
///
/// With the gains of a fading memory (Morrison, "Introduction to Sequential Smoothing and Prediction", 1969, ch. 13) it is
/// critically damped, and lags behind nothing that moves at a constant speed. Allocates nothing once made.
struct ConfigurationFilter {
    /// How long it remembers, s: tried on walks at 0.03 to 0.08: longer is smoother, shorter nearer to what is known later.
    private static let memory = 0.06

    private let (alpha, beta): (Double, Double)
    private var state: RobotConfiguration?
    private var velocities: [Double]
    private var (rootVelocity, rootTurn) = (Vector3.zero, Vector3.zero)

    init(rate: Double, jointCount: Int) {
        let kept = exp(-1 / (rate * Self.memory))
        (alpha, beta) = (1 - kept * kept, (1 - kept) * (1 - kept))
        velocities = Array(repeating: 0, count: jointCount)
    }

    /// Forgets what came.
    mutating func restart() { state = nil }

    /// Makes of the next configuration what it is likely to be without noise.
    mutating func filter(_ next: inout RobotConfiguration) {
        guard var state, state.jointPositions.count == next.jointPositions.count else {
            state = next
            for joint in velocities.indices { velocities[joint] = 0 }
            (rootVelocity, rootTurn) = (.zero, .zero)
            return
        }
        self.state = nil
        for joint in velocities.indices {
            let expected = state.jointPositions[joint] + velocities[joint]
            let residual = next.jointPositions[joint] - expected
            state.jointPositions[joint] = expected + alpha * residual
            velocities[joint] += beta * residual
        }
        let place = state.rootPosition + rootVelocity
        let away = next.rootPosition - place
        state.rootPosition = place + away * alpha
        rootVelocity += away * beta
        let rotation = state.rootRotation * Quaternion(rotationVector: rootTurn)
        let turn = (rotation.conjugate * next.rootRotation).rotationVector
        state.rootRotation = (rotation * Quaternion(rotationVector: turn * alpha)).normalized
        rootTurn += turn * beta
        for joint in velocities.indices { next.jointPositions[joint] = state.jointPositions[joint] }
        (next.rootPosition, next.rootRotation) = (state.rootPosition, state.rootRotation)
        self.state = state
    }
}
