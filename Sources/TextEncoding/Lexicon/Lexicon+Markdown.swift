extension Lexicon {
    /// The page of `Documentation/actions.md`: what can be asked for, family by family.
    ///
    /// - Parameter howWell: How well a model does the action of a name, in a word or two.
    /// - Returns: The page in Markdown.
    public func markdown(howWell: (String) -> String) -> String {
        let done = actions.filter { $0.refusal == nil }
        let wordings = actions.reduce(0) { $0 + $1.imperatives.count + $1.phrases.count }
        var lines = [
            "# What can be asked for", "",
            "Made by `kmmctl actions --markdown` from `Lexicon/`; change the lexicon, not this page.", "",
            "\(actions.count) actions with \(wordings) wordings, of which forms in the third person, about the robot and as a "
                + "polite request are made by rule. The last column says how well the default model does it (`actions.json` "
                + "beside its weights): the share of its motions that show the action by a predicate on geometry; *followed* "
                + "where no predicate tells and it follows motions of people or authored ones; *seen* where training had clips "
                + "of it and nothing was measured. What is *not learnt* is refused under the policy `strict`.", "",
        ]
        var families: [String] = []
        for action in done where !families.contains(action.family) { families.append(action.family) }
        for family in families {
            lines += ["## \(family.prefix(1).uppercased())\(family.dropFirst())", ""]
            lines += [
                "| action | sentence | said for example | one lasts | a number is | how well |",
                "|---|---|---|---|---|---|",
            ]
            for action in done where action.family == family {
                let examples = action.wordingExamples(3).joined(separator: "; ")
                lines.append(
                    "| `\(action.name)` | \(action.sidedCaption ?? action.caption) | \(examples) | \(action.seconds) s | "
                        + "\(action.count.rawValue) | \(howWell(action.name)) |")
            }
            lines.append("")
        }
        lines += ["## Understood and not done", "", "| action | why | said for example |", "|---|---|---|"]
        for action in actions {
            guard let refusal = action.refusal else { continue }
            lines.append(
                "| `\(action.name)` | \(refusal.rawValue) | \(action.wordingExamples(3).joined(separator: "; ")) |")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension LexiconAction {
    /// A few wordings that differ much.
    fileprivate func wordingExamples(_ count: Int) -> [String] {
        let wordings = imperatives
        guard wordings.count > count else { return wordings }
        return (0..<count).map { wordings[$0 * (wordings.count - 1) / count] }
    }
}
