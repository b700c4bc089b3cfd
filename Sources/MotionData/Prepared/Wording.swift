/// A text reduced to what has to differ for two texts to be different wordings: its words, in lower case.
package struct Wording: Hashable {
    private let words: String

    package init(_ text: String) {
        words = text.lowercased().split { !$0.isLetter && !$0.isNumber }.joined(separator: " ")
    }
}

extension [PreparedClip] {
    /// The wordings of captions that judge words: those of the validation and test splits that no training caption has. No
    /// training may see them.
    package var heldOutWordings: Set<Wording> {
        func wordings(_ clips: some Sequence<PreparedClip>) -> Set<Wording> {
            Set(clips.lazy.flatMap(\.captions).map { Wording($0.text) })
        }
        return wordings(lazy.filter { $0.split != .train }).subtracting(wordings(lazy.filter { $0.split == .train }))
    }
}
