#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A part of a network that owns named parameters.
public protocol Module {
    /// Calls `visit` with every parameter and its name below `path`, in a fixed order.
    func visitParameters(_ path: String, _ visit: (String, Tensor) -> Void)
}

extension Module {
    /// All parameters by name, in a fixed order.
    public var parameters: [(name: String, tensor: Tensor)] {
        var all: [(name: String, tensor: Tensor)] = []
        visitParameters("") { all.append(($0, $1)) }
        return all
    }

    /// Number of trained numbers.
    public var parameterCount: Int { parameters.reduce(0) { $0 + $1.tensor.count } }

    /// Makes all parameters constants (`false`: operations keep nothing) or trained (`true`).
    public func setRequiresGradient(_ required: Bool) {
        visitParameters("") { _, tensor in tensor.setRequiresGradient(required) }
    }

    /// Promises that no parameter changes any more, which makes linear maps of few rows quicker.
    public func makeConstant() {
        visitParameters("") { _, tensor in tensor.makeConstant() }
    }
}

/// A source of randomness for parameters that a file is going to fill: `Initialization` leaves them zero.
public protocol UnfilledGenerator: RandomNumberGenerator {}

/// How fresh parameters are drawn.
public enum Initialization {
    /// Uniform in ± `bound`.
    case uniform(Float)
    /// Normal with the given standard deviation.
    case normal(Float)
    /// One value.
    case constant(Float)

    /// Draws a parameter of the given shape.
    public func callAsFunction(_ shape: [Int], using generator: inout some RandomNumberGenerator) -> Tensor {
        let tensor = Tensor(repeating: 0, shape: shape, requiresGradient: true)
        if generator is any UnfilledGenerator { return tensor }
        for index in 0..<tensor.count {
            switch self {
            case .constant(let value): tensor.data[index] = value
            case .uniform(let bound): tensor.data[index] = .random(in: -bound...bound, using: &generator)
            case .normal(let deviation):
                let radius = (-2 * log(Double.random(in: .leastNormalMagnitude...1, using: &generator))).squareRoot()
                tensor.data[index] =
                    deviation * Float(radius * cos(2 * .pi * Double.random(in: 0..<1, using: &generator)))
            }
        }
        return tensor
    }
}
