package import Tensors

/// The text-motion alignment of KMM: pulls a segment's text and motion together in a common space.
///
/// The motion side sees the tokenizer's latents only, never the text: pooled from the generator's own rows the task would be
/// solved by copying the text. The gradient that matters is the one into the text adapter.
package struct AlignmentHead: Module {
    let text: Linear
    let input: Linear
    let gain: Tensor
    let mixer: BidirectionalMamba
    let motion: Linear
    /// ln of the similarity's scale.
    package let logScale: Tensor
    /// Width of the common space.
    package var width: Int { text.weight.rows }

    package init(_ configuration: GeneratorConfiguration, using generator: inout some RandomNumberGenerator) {
        let inner = configuration.width / 2
        text = Linear(configuration.width, configuration.alignmentWidth, bias: false, using: &generator)
        input = Linear(configuration.latentWidth, inner, using: &generator)
        gain = Tensor(repeating: 1, shape: [inner], requiresGradient: true)
        mixer = BidirectionalMamba(width: inner, depth: 1, using: &generator)
        motion = Linear(inner, configuration.alignmentWidth, bias: false, using: &generator)
        logScale = Tensor([2.66], shape: [1], requiresGradient: true)
    }

    /// Rows, [segments, alignmentWidth], of the latents of segments of the given lengths; of length one unless told.
    package func embedMotion(_ latents: Tensor, lengths: [Int], normalizes: Bool = true) -> Tensor {
        var none: MixerState?
        let plan = ScanPlan(lengths: lengths, boundaries: lengths.map { _ in 0 })
        let h = input(latents)
        let mixed = h + mixer(h.rmsNormalized(gain: gain), plan: plan, state: &none)
        let rows = motion(mixed.meanRows(of: plan.layout.ranges))
        return normalizes ? rows.normalizedRows() : rows
    }

    /// Rows, [prompts, alignmentWidth], of the adapter's pooled text; of length one unless told.
    package func embedText(_ condition: Tensor, normalizes: Bool = true) -> Tensor {
        let rows = text(condition)
        return normalizes ? rows.normalizedRows() : rows
    }

    package func visitParameters(_ path: String, _ visit: (String, Tensor) -> Void) {
        text.visitParameters(path + "text.", visit)
        input.visitParameters(path + "input.", visit)
        visit(path + "gain", gain)
        mixer.visitParameters(path + "mixer.", visit)
        motion.visitParameters(path + "motion.", visit)
        visit(path + "log_scale", logScale)
    }
}
