import KMM

/// Training sequences laid out for a generator: what is known, and what is to be found.
package struct TokenBatch {
    var input = GeneratorInput()
    /// The known codes, `[codebook][token]`.
    var codes: [[Int]]
    /// Tokens whose code is to be found.
    var rows: [Int] = []
    /// The codes to find.
    var targets: [Int] = []
    /// Seeds of the sequences.
    var seeds: [UInt64] = []
    /// Codebook of the targets.
    var layer: Int

    /// Tokens in all.
    var count: Int { codes[0].count }

    init(layer: Int) {
        self.layer = layer
        codes = [[Int]](repeating: [], count: max(layer, 1))
    }

    /// Adds the rows and prompts of a sequence; half of the time its end is left open.
    ///
    /// - Returns: The number of committed tokens at its start, drawn at random where `isTraining`.
    mutating func lay(
        _ sequence: TrainingSequence, data: TokenDataSet, options: GeneratorTrainingOptions, isTraining: Bool,
        using random: inout some RandomNumberGenerator
    ) -> Int {
        let count = sequence.count
        let commits = isTraining && Float.random(in: 0..<1, using: &random) >= 0.3 && count > 4
        let isOpen = Bool.random(using: &random)
        let first = input.prompts.count
        let layout = PromptedSequence(
            spans: sequence.segments.enumerated().map { index, segment in
                PromptedSpan(
                    prompt: first + index, count: segment.codes[0].count, firstIndex: segment.firstIndex,
                    left: isOpen ? nil : segment.left)
            }, committed: commits ? Int.random(in: 0...(count - 4), using: &random) : 0,
            isForwardOnly: options.isForwardOnly
                || (isTraining && Float.random(in: 0..<1, using: &random) < options.forwardOnlyShare))
        input.sequences.append(layout)
        seeds.append(sequence.seed)
        for segment in sequence.segments {
            let isNull = sequence.isUnconditional || segment.isUnconditional
            let prompt = isNull ? Prompt.null : data.prompts[segment.text]
            input.prompts.append(isTraining ? options.disturbed(prompt, using: &random) : prompt)
        }
        return layout.committed
    }
}
