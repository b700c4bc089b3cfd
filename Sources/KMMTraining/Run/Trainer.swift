public import Tensors

/// What one optimiser step tells.
public protocol StepReport: Sendable {
    /// Names of `values`.
    static var columns: [String] { get }
    /// The numbers of the curves.
    var values: [Float] { get }
    /// Tokens the step has learnt from, over all processes.
    var tokens: Int { get }
}

/// A network in training, as `TrainingRun` drives it.
public protocol Trainer: AnyObject {
    /// What a step tells.
    associatedtype Report: StepReport
    /// Steps made so far.
    var steps: Int { get }
    /// Everything a checkpoint keeps, by name.
    var state: [(name: String, tensor: Tensor)] { get }
    /// Goes on after `steps` steps whose state has been put back.
    func resume(after steps: Int)
    /// One optimiser step; its random numbers depend on the seed and the number of the step only.
    ///
    /// - Throws: `TrainingFailure.notFinite`, before any weight is changed.
    func step() throws(TrainingFailure) -> Report
}
