import KMM
import Tensors

/// The contrastive loss of a whole step, whose text and motion embeddings come from several micro-batches and processes.
///
/// Embeddings are computed part by part and gathered, the loss of all against all is taken once, and its gradients are
/// handed back to the parts: exact, though no part ever holds the whole batch. The generator's own rows take no part, as
/// the motion branch reads latents only and the text branch the adapter's pooled text.
struct AlignmentLoss {
    let head: AlignmentHead
    let form: AlignmentForm
    let weight: Float
    let similarity: PromptSimilarity

    /// The branch's weights.
    var parameters: [(name: String, tensor: Tensor)] {
        head.parameters.map { ("alignment." + $0.name, $0.tensor) }
    }

    /// A segment with a text: which micro-batch and which prompt of it.
    private struct Spoken {
        var unit: Int
        var prompt: Int
        var segment: TrainingSequence.Segment
    }

    /// Adds the gradients of the joint loss to the parameters.
    ///
    /// - Parameters:
    ///   - units: The sequences of every micro-batch of the step.
    ///   - own: This process's micro-batches by number, with the pooled text of their prompts.
    ///   - latentWidth: Width of the segments' latents.
    ///   - communicator: The processes that share the step.
    /// - Returns: The joint loss, nats; 0 with less than two texts.
    func backward(
        units: [[TrainingSequence]], own: [(unit: Int, condition: Tensor)], latentWidth: Int,
        communicator: any Communicator
    ) -> Float {
        var spoken: [Spoken] = []
        for (unit, sequences) in units.enumerated() {
            var prompt = 0
            for sequence in sequences {
                for segment in sequence.segments {
                    if !sequence.isUnconditional, !segment.isUnconditional {
                        spoken.append(Spoken(unit: unit, prompt: prompt, segment: segment))
                    }
                    prompt += 1
                }
            }
        }
        guard spoken.count > 1 else { return 0 }
        let parts = own.compactMap { unit, condition -> (rows: [Int], text: Tensor, motion: Tensor)? in
            let rows = spoken.indices.filter { spoken[$0].unit == unit }
            guard !rows.isEmpty else { return nil }
            let segments = rows.map { spoken[$0].segment }
            let latents = segments.flatMap(\.latents)
            let motion = head.embedMotion(
                Tensor(latents, shape: [latents.count / latentWidth, latentWidth]),
                lengths: segments.map { $0.codes[0].count }, normalizes: form == .v2)
            let text = head.embedText(
                condition.gatherRows(rows.map { spoken[$0].prompt }), normalizes: form == .v2)
            return (rows, text, motion)
        }
        func joint(_ embeddings: [(rows: [Int], embedded: Tensor)]) -> Tensor {
            let width = head.width
            var values = [Float](repeating: 0, count: spoken.count * width)
            for own in embeddings {
                let embedded = own.embedded
                for (index, row) in own.rows.enumerated() {
                    for column in 0..<width { values[row * width + column] = embedded.data[index * width + column] }
                }
            }
            return Tensor(communicator.sum(values), shape: [spoken.count, width], requiresGradient: true)
        }
        let (texts, motions) = (joint(parts.map { ($0.rows, $0.text) }), joint(parts.map { ($0.rows, $0.motion) }))
        let scale = Tensor(form == .v2 ? head.logScale.values : [0], shape: [1], requiresGradient: form == .v2)
        let loss = texts.contrastiveLoss(with: motions, logScale: scale) { i, j in
            similarity.areAlike(spoken[i].segment.text, spoken[j].segment.text)
        }
        let value = loss.item
        (loss * weight).backward()
        if form == .v2, communicator.rank == 0 { head.logScale.gradient[0] += scale.gradient[0] }
        for (rows, text, motion) in parts {
            for (embedded, whole) in [(text, texts), (motion, motions)] {
                let slope = Tensor(repeating: 0, shape: embedded.shape)
                let width = embedded.width
                for (index, row) in rows.enumerated() {
                    (slope.data + index * width).update(from: whole.gradient + row * width, count: width)
                }
                embedded.scalar(0, slope: slope).backward()
            }
        }
        return value
    }
}

/// Which texts are too alike to be each other's negatives: the same words, or nearly, but never a text and its mirror image.
struct PromptSimilarity {
    private let pooled: [[Float]]
    private let mirror: [Int?]
    private let origins: [Int]

    init(_ data: TokenDataSet) {
        origins = data.origins
        pooled = data.prompts.map(\.pooled)
        var mirror = [Int?](repeating: nil, count: data.texts.count)
        for (item, twin) in zip(data.items, data.mirrors) {
            if let twin, data.items[twin].text != item.text { mirror[item.text] = data.items[twin].text }
        }
        self.mirror = mirror
    }

    func areAlike(_ a: Int, _ b: Int) -> Bool {
        let (a, b) = (origins[a], origins[b])
        if a == b { return true }
        if mirror[a] == b { return false }
        return zip(pooled[a], pooled[b]).reduce(Float(0)) { $0 + $1.0 * $1.1 } > 0.85
    }
}
