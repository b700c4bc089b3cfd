import Tensors

/// A group of processes that train one model on parts of the same batch.
public protocol Communicator {
    /// Number of this process, from 0.
    var rank: Int { get }
    /// Number of processes.
    var size: Int { get }
    /// Replaces every element by its sum over all processes; every process calls it with as many elements.
    func sum(_ values: UnsafeMutableBufferPointer<Float>)
}

/// A process on its own.
public struct SingleProcess: Communicator {
    /// Creates the group of one.
    public init() {}
    /// 0.
    public var rank: Int { 0 }
    /// 1.
    public var size: Int { 1 }
    /// Leaves everything as it is.
    public func sum(_ values: UnsafeMutableBufferPointer<Float>) {}
}

extension Communicator {
    /// The elements' sums over all processes.
    func sum(_ values: [Float]) -> [Float] {
        guard size > 1 else { return values }
        var values = values
        values.withUnsafeMutableBufferPointer { sum($0) }
        return values
    }

    /// The rows of all processes as one tensor [count, width]: `rows` lie at `first` of it, the rest elsewhere.
    func gathered(_ rows: Tensor, at first: Int, of count: Int) -> Tensor {
        guard size > 1 else { return Tensor(copying: rows.data, shape: rows.shape) }
        let all = Tensor(repeating: 0, shape: [count, rows.width])
        (all.data + first * rows.width).update(from: rows.data, count: rows.count)
        sum(UnsafeMutableBufferPointer(start: all.data, count: all.count))
        return all
    }

    /// Adds up the gradients of all processes, in one exchange.
    func sumGradients(of parameters: [(name: String, tensor: Tensor)]) {
        guard size > 1 else { return }
        var all: [Float] = []
        all.reserveCapacity(parameters.reduce(0) { $0 + $1.tensor.count })
        for (_, tensor) in parameters {
            all.append(contentsOf: UnsafeBufferPointer(start: tensor.gradient, count: tensor.count))
        }
        let sums = sum(all)
        sums.withUnsafeBufferPointer { buffer in
            guard var source = buffer.baseAddress else { return }
            for (_, tensor) in parameters {
                tensor.gradient.update(from: source, count: tensor.count)
                source += tensor.count
            }
        }
    }
}
