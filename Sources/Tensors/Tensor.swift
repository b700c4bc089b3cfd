import CKernels
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A dense, row-major array of `Float` that remembers how it was made, for reverse-mode gradients.
///
/// Operations are coarse (a linear map, a scan over a sequence) and record a node only when one of their inputs
/// requires a gradient: a model whose parameters are frozen runs the very same code without keeping anything.
/// A tensor belongs to one task at a time; it is not `Sendable`.
public final class Tensor {
    /// Extent of each dimension, outermost first; empty for a scalar.
    public let shape: [Int]
    /// Number of elements.
    public let count: Int
    /// The elements, row-major.
    public let data: UnsafeMutablePointer<Float>
    /// Whether `backward()` of a result accumulates a gradient here.
    public private(set) var requiresGradient: Bool
    private(set) var gradientData: UnsafeMutablePointer<Float>?
    private var isConstant = false
    private let packedData = Atomic<UnsafeMutablePointer<Float>?>(nil)
    let node: Node?

    /// How a tensor came to be.
    struct Node {
        let inputs: [Tensor]
        /// Adds to the gradients of the inputs, given the result with its own gradient.
        let backward: (Tensor) -> Void
    }

    /// Creates a tensor with undefined elements: the caller fills them.
    init(uninitialized shape: [Int], node: Node? = nil, requiresGradient: Bool = false) {
        self.shape = shape
        count = shape.reduce(1, *)
        data = Self.allocate(count)
        self.node = node
        self.requiresGradient = requiresGradient
    }

    /// Creates the result of an operation; `backward` is kept only when an input requires a gradient.
    convenience init(_ shape: [Int], from inputs: [Tensor], backward: @escaping (Tensor) -> Void) {
        let needed = inputs.contains { $0.requiresGradient }
        self.init(
            uninitialized: shape, node: needed ? Node(inputs: inputs, backward: backward) : nil,
            requiresGradient: needed)
    }

    /// Creates a tensor of the given shape from `values`, whose count must be the product of the shape.
    public convenience init(_ values: [Float], shape: [Int], requiresGradient: Bool = false) {
        self.init(uninitialized: shape, requiresGradient: requiresGradient)
        assign(values)
    }

    /// Takes other elements, as many as there are, in row-major order.
    public func assign(_ values: [Float]) {
        precondition(!isConstant, "a constant is not changed")
        precondition(values.count == count, "\(values.count) values do not fill the shape \(shape)")
        _ = UnsafeMutableBufferPointer(start: data, count: count).update(fromContentsOf: values)
    }

    /// Creates a tensor by copying `count` elements from memory.
    public convenience init(copying source: UnsafePointer<Float>, shape: [Int]) {
        self.init(uninitialized: shape)
        data.update(from: source, count: count)
    }

    /// Creates a tensor filled with one value.
    public convenience init(repeating value: Float, shape: [Int], requiresGradient: Bool = false) {
        self.init(uninitialized: shape, requiresGradient: requiresGradient)
        data.update(repeating: value, count: count)
    }

    deinit {
        free(data)
        if let gradientData { free(gradientData) }
        free(packedData.load(ordering: .relaxed))
    }

    private static func allocate(_ count: Int) -> UnsafeMutablePointer<Float> {
        var raw: UnsafeMutableRawPointer?
        let status = posix_memalign(&raw, 64, max(count, 1) * MemoryLayout<Float>.stride)
        guard status == 0, let raw else { fatalError("out of memory for \(count) floats") }
        return raw.bindMemory(to: Float.self, capacity: max(count, 1))
    }

    /// Number of rows when the last dimension is taken as the row's width.
    public var rows: Int { shape.isEmpty ? 1 : count / max(width, 1) }
    /// Extent of the last dimension; 1 for a scalar.
    public var width: Int { shape.last ?? 1 }
    /// A copy of the elements.
    public var values: [Float] { Array(UnsafeBufferPointer(start: data, count: count)) }
    /// The only element of a tensor of one element.
    public var item: Float {
        precondition(count == 1, "item needs a tensor of one element, this one is \(shape)")
        return data[0]
    }

    /// The accumulated gradient of the same shape; allocated, all zero, on first use.
    public var gradient: UnsafeMutablePointer<Float> {
        if let gradientData { return gradientData }
        let fresh = Self.allocate(count)
        memset(fresh, 0, count * MemoryLayout<Float>.stride)
        gradientData = fresh
        return fresh
    }

    /// Whether a gradient has been accumulated since the last `clearGradient()`.
    public var hasGradient: Bool { gradientData != nil }

    /// Forgets the gradient.
    public func clearGradient() {
        if let gradientData { free(gradientData) }
        gradientData = nil
    }

    /// Sets the gradient of a parameter to zero, keeping its memory.
    public func zeroGradient() {
        if let gradientData { memset(gradientData, 0, count * MemoryLayout<Float>.stride) }
    }

    /// Makes this leaf a trained parameter, or a constant.
    public func setRequiresGradient(_ required: Bool) {
        precondition(node == nil, "only a leaf can be frozen or trained")
        precondition(!required || !isConstant, "a constant is not trained")
        requiresGradient = required
        if !required { clearGradient() }
    }

    /// Promises that the elements change no more: a linear map with these weights may keep them once more, in the order in which
    /// it reads them.
    public func makeConstant() {
        setRequiresGradient(false)
        isConstant = true
    }

    /// The weights [outputs, inputs] of a linear map as `ck_pack_linear` packs them, made when they are first asked for, by
    /// whichever thread; nil unless they are constant.
    var packed: UnsafePointer<Float>? {
        guard isConstant else { return nil }
        if let packed = packedData.load(ordering: .acquiring) { return UnsafePointer(packed) }
        let fresh = Self.allocate(MatrixProduct.packedCount(outputs: shape[0], inputs: width))
        ck_pack_linear(shape[0], width, data, fresh)
        let (isFirst, other) = packedData.compareExchange(
            expected: nil, desired: fresh, ordering: .acquiringAndReleasing)
        if !isFirst { free(fresh) }
        return UnsafePointer(isFirst ? fresh : other)
    }

    /// Accumulates into every leaf that requires it the derivative of this scalar.
    public func backward() {
        precondition(count == 1, "backward starts from a scalar, this tensor is \(shape)")
        gradient[0] = 1
        propagate()
    }

    /// Runs the recorded operations backwards from the gradient that is already stored in this tensor.
    public func propagate() {
        for tensor in topologicalOrder().reversed() {
            guard let node = tensor.node, tensor.hasGradient else { continue }
            node.backward(tensor)
            tensor.clearGradient()
        }
    }

    private func topologicalOrder() -> [Tensor] {
        var order: [Tensor] = []
        var visited: Set<ObjectIdentifier> = [ObjectIdentifier(self)]
        var stack: [(tensor: Tensor, next: Int)] = [(self, 0)]
        while let (tensor, next) = stack.last {
            guard let inputs = tensor.node?.inputs, next < inputs.count else {
                order.append(tensor)
                stack.removeLast()
                continue
            }
            stack[stack.count - 1].next += 1
            let input = inputs[next]
            if input.node != nil, visited.insert(ObjectIdentifier(input)).inserted { stack.append((input, 0)) }
        }
        return order
    }
}
