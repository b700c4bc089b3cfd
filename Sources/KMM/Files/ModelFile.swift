import FoundationEssentials
import Geometry
public import Tensors

/// Weights of a module in a safetensors file, its sizes as JSON in the metadata.
public enum ModelFile {
    /// Writes weights and sizes in one atomic step.
    public static func write(
        _ module: some Module, configuration: some Encodable, metadata: [String: String] = [:], to path: String,
        halfPrecision: Bool = false
    ) throws {
        var metadata = metadata
        metadata["configuration"] = String(decoding: try JSONEncoder().encode(configuration), as: UTF8.self)
        try SafeTensors.write(
            path: path,
            tensors: module.parameters.map { name, tensor in
                SafeTensors.Output(
                    name, shape: tensor.shape, halfPrecision ? .f16(tensor.values) : .f32(tensor.values))
            }, metadata: metadata)
    }

    /// The sizes that a file states.
    public static func configuration<C: Decodable>(_ type: C.Type, of file: SafeTensors) throws -> C {
        guard let json = file.metadata["configuration"] else {
            throw MotionGeneratorError.configurationMissing(path: file.path)
        }
        do {
            return try JSONDecoder().decode(type, from: Data(json.utf8))
        } catch {
            throw MotionGeneratorError.configurationMissing(path: file.path)
        }
    }

    /// Fills every parameter of a module, checking shapes.
    public static func read(_ module: some Module, from file: SafeTensors) throws {
        for (name, tensor) in module.parameters {
            tensor.assign(try file.floats(name, shape: tensor.shape).values)
        }
    }
}

/// Stands for "the file will fill this": parameters are left zero instead of being drawn, which saves most of a load.
struct UnfilledParameters: UnfilledGenerator {
    private var generator = SplitMix64(seed: 0)
    mutating func next() -> UInt64 { generator.next() }
}
