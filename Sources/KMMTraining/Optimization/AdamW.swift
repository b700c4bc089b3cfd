import CKernels
import Foundation
public import Tensors

/// Adam with decoupled weight decay and gradient clipping.
///
/// Loshchilov and Hutter, "Decoupled Weight Decay Regularization", ICLR 2019. Decay acts on weight matrices only.
public final class AdamW {
    /// Parameters in a fixed order.
    public let parameters: [(name: String, tensor: Tensor)]
    /// Steps made so far.
    public private(set) var steps = 0
    private let beta1: Float = 0.9
    private let beta2: Float = 0.99
    private let decay: Float
    private let clip: Float
    private let first: [Tensor]
    private let second: [Tensor]

    /// Starts with zero moments; `clip` bounds the norm of the whole gradient.
    public init(_ parameters: [(name: String, tensor: Tensor)], decay: Float = 0.01, clip: Float = 1) {
        self.parameters = parameters
        self.decay = decay
        self.clip = clip
        first = parameters.map { Tensor(repeating: 0, shape: $0.tensor.shape) }
        second = parameters.map { Tensor(repeating: 0, shape: $0.tensor.shape) }
    }

    /// Moves the parameters against their gradients and clears these; returns the gradient's norm before clipping.
    ///
    /// - Throws: `TrainingFailure.notFinite` for such a gradient; parameters and moments are as they were.
    @discardableResult
    public func step(rate: Float) throws(TrainingFailure) -> Float {
        var squares = 0.0
        for (_, tensor) in parameters where tensor.hasGradient {
            squares += Double(ck_dot(tensor.count, tensor.gradient, tensor.gradient))
        }
        let norm = Float(squares.squareRoot())
        defer { for (_, tensor) in parameters { tensor.zeroGradient() } }
        try TrainingFailure.check(norm, "gradient", step: steps + 1)
        steps += 1
        let shrink = norm > clip ? clip / norm : 1
        let correction1 = 1 - pow(beta1, Float(steps))
        let correction2 = 1 - pow(beta2, Float(steps))
        for (index, (name, tensor)) in parameters.enumerated() where tensor.hasGradient {
            if shrink < 1 { for element in 0..<tensor.count { tensor.gradient[element] *= shrink } }
            let decays = tensor.shape.count == 2 && name.hasSuffix("weight")
            ck_adamw(
                tensor.count, tensor.data, tensor.gradient, first[index].data, second[index].data, rate, beta1, beta2,
                1e-8, decays ? decay : 0, correction1, correction2)
        }
        return norm
    }

    /// The moments as named tensors, for a checkpoint.
    public var state: [(name: String, tensor: Tensor)] {
        zip(parameters, zip(first, second)).flatMap { parameter, moments in
            [("first." + parameter.name, moments.0), ("second." + parameter.name, moments.1)]
        }
    }

    /// Continues after `steps` steps whose moments have been put back into `state`.
    public func resume(after steps: Int) { self.steps = steps }
}

/// Learning rate: linear warm-up, then a cosine down to a tenth of a percent.
public struct WarmupCosine: Sendable {
    /// Highest rate.
    public var peak: Float
    /// Steps until the peak.
    public var warmup: Int
    /// Steps until the end.
    public var total: Int

    /// Creates a schedule.
    public init(peak: Float, warmup: Int, total: Int) {
        self.peak = peak
        self.warmup = warmup
        self.total = total
    }

    /// Rate of a step.
    public func rate(at step: Int) -> Float {
        if step < warmup { return peak * Float(step + 1) / Float(warmup) }
        let progress = min(Float(step - warmup) / Float(max(total - warmup, 1)), 1)
        return peak * (0.001 + 0.999 * 0.5 * (1 + cos(.pi * progress)))
    }
}

/// A running mean of parameters, which generalises better than the last ones.
public final class ParameterAverage {
    private let source: [(name: String, tensor: Tensor)]
    private let target: [(name: String, tensor: Tensor)]
    private let decay: Float
    private var updates = 0

    /// Averages the parameters of `source` into those of `target`, a module of the same shape.
    public init(of source: some Module, into target: some Module, decay: Float = 0.999) {
        self.source = source.parameters
        self.target = target.parameters
        self.decay = decay
        target.setRequiresGradient(false)
        for (from, to) in zip(self.source, self.target) {
            to.tensor.data.update(from: from.tensor.data, count: from.tensor.count)
        }
    }

    /// Takes the present parameters in; early ones count less, so that the random start fades quickly.
    public func update() {
        updates += 1
        let keep = min(decay, Float(1 + updates) / Float(10 + updates))
        for (from, to) in zip(source, target) {
            let (a, b) = (from.tensor.data, to.tensor.data)
            for index in 0..<from.tensor.count { b[index] = keep * b[index] + (1 - keep) * a[index] }
        }
    }

    /// Continues after `updates` updates whose averages have been put back into the target.
    public func resume(after updates: Int) { self.updates = updates }
}
