/// Weights of a motion's smoothness: of the joints (1/rad²), of the root's place (1/m²) and of its turning (1/rad²).
package struct Smoothness: Hashable, Sendable {
    package var joints: Neighbours.Weights
    package var rootPosition: Neighbours.Weights
    package var rootRotation: Neighbours.Weights
}

/// How the frames around one frame draw it to the smoothest motion through them.
///
/// The smoothness of a motion is the sum of the squares of its first, second and third differences, each with its weight.
/// Seen from one frame, with the others held, that is a single weight and a target: a weighted mean of the neighbours.
package struct Neighbours {
    /// Weights of speed, acceleration and jerk at 30 frames a second.
    package struct Weights: Hashable, Sendable {
        package var speed = 0.0
        package var acceleration = 0.0
        package var jerk = 0.0
    }

    /// Reach of the differences to each side, frames.
    static let reach = 3

    /// The weight of the frame's difference to the target.
    private(set) var weight = 0.0
    /// Shares of the neighbours in the target, from `-reach` to `reach`.
    private var shares = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)

    /// The neighbourhood of frame `t` of `count` frames that are `dt` seconds apart.
    init(of t: Int, in count: Int, _ weights: Weights, dt: Double) {
        let rate = 1 / (30 * dt)
        let square = rate * rate
        add(1, weights.speed * square, t, count)
        add(2, weights.acceleration * square * square, t, count)
        add(3, weights.jerk * square * square * square, t, count)
        guard weight > 0 else { return }
        for offset in -Self.reach...Self.reach { self[offset] /= weight }
    }

    private mutating func add(_ order: Int, _ strength: Double, _ t: Int, _ count: Int) {
        guard strength > 0 else { return }
        for own in 0...order where t >= own && t - own + order < count {
            let part = strength * Self.coefficient(order, own)
            weight += part * Self.coefficient(order, own)
            for other in 0...order where other != own { self[other - own] -= part * Self.coefficient(order, other) }
        }
    }

    /// Of a value in the forward difference of an order.
    private static func coefficient(_ order: Int, _ position: Int) -> Double {
        let size: Double =
            switch (order, position) {
            case (2, 1): 2
            case (3, 1), (3, 2): 3
            default: 1
            }
        return (order - position).isMultiple(of: 2) ? size : -size
    }

    /// Share of the neighbour at a distance of -3 to 3 frames.
    private(set) subscript(offset: Int) -> Double {
        get { withUnsafeBytes(of: shares) { $0.assumingMemoryBound(to: Double.self)[Self.reach + offset] } }
        set {
            withUnsafeMutableBytes(of: &shares) {
                $0.assumingMemoryBound(to: Double.self)[Self.reach + offset] = newValue
            }
        }
    }
}
