import Geometry
import KMM
import Tensors

/// Starts a network from one with fewer codes: every code becomes several that mean what it meant.
///
/// The classical way to larger codebooks (Linde, Buzo, Gray, "An Algorithm for Vector Quantizer Design", 1980): codes are
/// split in place and the training draws them apart. Generators keep what they know, as all parts of a code are equally likely.
struct CodeGrowth {
    /// Codes of the file's network and of the one to fill, a multiple of them.
    let (old, new): (Int, Int)
    /// Deviation of the parts of a code from it, as a share of the deviation of the table's numbers.
    var spread: Float = 0

    /// - Throws: `TrainingFailure` unless the codes can be shared out equally.
    init(from old: Int, to new: Int, spread: Float = 0) throws(TrainingFailure) {
        guard old > 0, new >= old, new.isMultiple(of: old) else { throw .codesNotSplit(from: old, to: new) }
        (self.old, self.new, self.spread) = (old, new, spread)
    }

    /// Fills every parameter of a module; tables over the codes (and one row for the mask) are enlarged.
    func read(_ module: some Module, from file: SafeTensors) throws {
        var random = SplitMix64(seed: 0)
        for (name, tensor) in module.parameters {
            let stored = try file.floats(name)
            let extra = tensor.shape[0] - new
            guard stored.shape != tensor.shape, extra == 0 || extra == 1,
                stored.shape == [old + extra] + tensor.shape.dropFirst()
            else {
                tensor.assign(try file.floats(name, shape: tensor.shape).values)
                continue
            }
            let (values, width) = (stored.values, tensor.count / tensor.shape[0])
            let rows = values.prefix(old * width)
            let reach = spread * Self.deviation(rows) * Float(3).squareRoot()
            var grown: [Float] = []
            for _ in 0..<(new / old) {
                grown += reach > 0 ? rows.map { $0 + .random(in: -reach...reach, using: &random) } : Array(rows)
            }
            tensor.assign(grown + values.suffix(extra * width))
        }
    }

    private static func deviation(_ values: ArraySlice<Float>) -> Float {
        (values.reduce(0) { $0 + $1 * $1 } / Float(max(values.count, 1))).squareRoot()
    }
}
