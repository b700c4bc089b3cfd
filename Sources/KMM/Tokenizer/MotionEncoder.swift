import Tensors

/// Normalised motion features, [rows, features], to latents, [rows / 4, codeWidth]; causal.
struct MotionEncoder: Module {
    let input: CausalConvolution
    let downsampling: [CausalConvolution]
    let stacks: [ResidualStack]
    let output: CausalConvolution

    init(_ configuration: TokenizerConfiguration, using generator: inout some RandomNumberGenerator) {
        let width = configuration.width
        input = CausalConvolution(configuration.features, width, kernel: 3, using: &generator)
        var downsampling: [CausalConvolution] = []
        var stacks: [ResidualStack] = []
        for _ in 0..<2 {
            downsampling.append(CausalConvolution(width, width, kernel: 4, stride: 2, using: &generator))
            stacks.append(ResidualStack(width: width, using: &generator))
        }
        self.downsampling = downsampling
        self.stacks = stacks
        output = CausalConvolution(width, configuration.codeWidth, kernel: 3, using: &generator)
    }

    func callAsFunction(_ features: Tensor, run: inout ConvolutionRun) -> Tensor {
        var x = run(input, features).relu()
        for (down, stack) in zip(downsampling, stacks) { x = stack(run(down, x), run: &run) }
        return run(output, x)
    }

    func visitParameters(_ path: String, _ visit: (String, Tensor) -> Void) {
        input.visitParameters(path + "input.", visit)
        for (index, (down, stack)) in zip(downsampling, stacks).enumerated() {
            down.visitParameters("\(path)\(index).downsampling.", visit)
            stack.visitParameters("\(path)\(index).stack.", visit)
        }
        output.visitParameters(path + "output.", visit)
    }
}

/// Quantised latents, [rows, codeWidth], to normalised motion features, [4 rows, features]; causal.
struct MotionDecoder: Module {
    let input: CausalConvolution
    let stacks: [ResidualStack]
    let upsampling: [CausalConvolution]
    let hidden: CausalConvolution
    let output: CausalConvolution

    init(_ configuration: TokenizerConfiguration, using generator: inout some RandomNumberGenerator) {
        let width = configuration.width
        input = CausalConvolution(configuration.codeWidth, width, kernel: 3, using: &generator)
        var stacks: [ResidualStack] = []
        var upsampling: [CausalConvolution] = []
        for _ in 0..<2 {
            stacks.append(ResidualStack(width: width, using: &generator))
            upsampling.append(CausalConvolution(width, width, kernel: 3, using: &generator))
        }
        self.stacks = stacks
        self.upsampling = upsampling
        hidden = CausalConvolution(width, width, kernel: 3, using: &generator)
        output = CausalConvolution(width, configuration.features, kernel: 3, using: &generator)
    }

    func callAsFunction(_ latents: Tensor, run: inout ConvolutionRun) -> Tensor {
        var x = run(input, latents).relu()
        for (stack, up) in zip(stacks, upsampling) {
            x = stack(x, run: &run)
            x = run(up, x.gatherRows((0..<(2 * x.rows)).map { $0 / 2 }))
        }
        return run(output, run(hidden, x.relu()).relu())
    }

    func visitParameters(_ path: String, _ visit: (String, Tensor) -> Void) {
        input.visitParameters(path + "input.", visit)
        for (index, (stack, up)) in zip(stacks, upsampling).enumerated() {
            stack.visitParameters("\(path)\(index).stack.", visit)
            up.visitParameters("\(path)\(index).upsampling.", visit)
        }
        hidden.visitParameters(path + "hidden.", visit)
        output.visitParameters(path + "output.", visit)
    }
}
