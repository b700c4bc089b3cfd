import Geometry
import HumanBody
import HumanMotion
import KMM
import Tensors

/// Penalises wrong velocities of feet and wrists in the world: those that follow from the rotations together with the root's
/// step and turn.
///
/// A standing foot that moves is seen to slide, though joints, root and turn may each be off by little: standing feet weigh
/// more. The wrists are what punches, throws and waves are made of.
struct JointVelocityLoss {
    /// Metres a second that count as one.
    var scale: Float = 0.3
    /// Weights of ankles and toes that stand in the target, and of those that do not.
    var footWeights: (standing: Float, free: Float) = (4, 1)
    /// Weight of a wrist.
    var wristWeight: Float = 1

    /// In the order of the contacts.
    private static let feet = Side.both.flatMap { [$0.ankle, $0.toe] }
    private static let joints = feet + Side.both.map(\.wrist)
    private static let height = MotionFeatures.position(of: .pelvis).lowerBound + 1
    /// Minus the sine of the turn since the frame before: element [0, 2] of the heading step.
    private static let turn = MotionFeatures.headingStep.lowerBound + 2
    /// Beyond this a turn of one frame is no motion, and its cosine no number to divide by.
    private static let largestSine: Float = 0.9

    /// The loss against raw targets, [sequences · window, 276], with its hand-written gradient.
    func callAsFunction(_ body: PredictedBody, target: UnsafePointer<Float>, window: Int) -> Tensor {
        let (rows, width, joints) = (body.prediction.rows, body.prediction.width, HumanJoint.count)
        var gradients = [Vector3f](repeating: Vector3f(), count: rows * joints)
        var raw: [(row: Int, column: Int, slope: Float)] = []
        var (total, weights) = (0.0, 0.0)
        let unit = 30 / scale
        for row in 0..<rows where row % window > 0 {
            let truth = target + row * width
            let step = Step(turn: body.raw(row, Self.turn), x: body.raw(row, 0), z: body.raw(row, 1))
            let trueStep = Step(turn: truth[Self.turn], x: truth[0], z: truth[1])
            let rise = body.raw(row, Self.height) - body.raw(row - 1, Self.height)
            let trueRise = truth[Self.height] - truth[Self.height - width]
            var byRoot = (x: Float(0), y: Float(0), z: Float(0), sine: Float(0))
            for (index, joint) in Self.joints.enumerated() {
                let isFoot = index < Self.feet.count
                let stands = isFoot && truth[MotionFeatures.contacts.lowerBound + index] > 0.5
                let weight = !isFoot ? wristWeight : stands ? footWeights.standing : footWeights.free
                let (now, before) = (body.place(row, joint), body.place(row - 1, joint))
                let error =
                    (step.moved(now, from: before, rise: rise)
                        - trueStep.moved(
                            PredictedBody.place(joint, in: truth), from: PredictedBody.place(joint, in: truth - width),
                            rise: trueRise)) * unit
                for axis in 0..<3 {
                    let e = error[axis]
                    total += Double(weight * (abs(e) < 1 ? 0.5 * e * e : abs(e) - 0.5))
                }
                weights += 3 * Double(weight)
                let slope = error.clamped * (weight * unit)
                let place = row * joints + joint.rawValue
                gradients[place] = gradients[place] + step.turnedBack(slope)
                gradients[place - joints] = gradients[place - joints] - slope
                byRoot.x += slope.x
                byRoot.y += slope.y
                byRoot.z += slope.z
                byRoot.sine += slope.dot(step.slopeBySine(now))
            }
            raw.append((row, 0, byRoot.x))
            raw.append((row, 1, byRoot.z))
            raw.append((row, Self.height, byRoot.y))
            raw.append((row - 1, Self.height, -byRoot.y))
            if abs(step.sine) < Self.largestSine { raw.append((row, Self.turn, -byRoot.sine)) }
        }
        let share = Float(1 / max(weights, 1))
        return body.loss(
            Float(total) * share, gradients: gradients.map { $0 * share },
            raw: raw.map { ($0.row, $0.column, $0.slope * share) })
    }

    /// The root's step and turn from one frame to the next, seen from the heading of the frame before.
    private struct Step {
        let sine: Float
        let cosine: Float
        let x: Float
        let z: Float

        init(turn: Float, x: Float, z: Float) {
            sine = min(max(-turn, -JointVelocityLoss.largestSine), JointVelocityLoss.largestSine)
            cosine = (1 - sine * sine).squareRoot()
            (self.x, self.z) = (x, z)
        }

        /// How far a joint has moved in the world.
        func moved(_ now: Vector3f, from before: Vector3f, rise: Float) -> Vector3f {
            Vector3f(cosine * now.x + sine * now.z + x, now.y + rise, cosine * now.z - sine * now.x + z) - before
        }

        func turnedBack(_ v: Vector3f) -> Vector3f {
            Vector3f(cosine * v.x - sine * v.z, v.y, sine * v.x + cosine * v.z)
        }

        /// Derivative of `moved` by the sine.
        func slopeBySine(_ now: Vector3f) -> Vector3f {
            let byCosine = -sine / cosine
            return Vector3f(byCosine * now.x + now.z, 0, byCosine * now.z - now.x)
        }
    }
}
