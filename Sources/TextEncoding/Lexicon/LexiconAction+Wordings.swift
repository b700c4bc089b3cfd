extension LexiconAction {
    /// All ways to say the action: what the lexicon writes, and the same in the third person, about the robot, as a
    /// polite request and as what somebody is doing.
    ///
    /// - Parameter side: What the wordings say where a side is said; with nil those that say one are left out, except
    ///   where none would remain.
    /// - Returns: The wordings, each once, always in the same order.
    public func wordings(side: BodySide? = nil) -> [String] {
        var found: [String] = []
        var known: Set<String> = []
        func add(_ wording: String) {
            if known.insert(wording).inserted { found.append(wording) }
        }
        for (number, imperative) in sided(imperatives, side).enumerated() {
            add(imperative)
            if let third = Wording.thirdPerson(imperative) {
                add("\(Wording.subjects[number % Wording.subjects.count]) \(third)")
            }
            add(Wording.polite(imperative, number))
        }
        for phrase in sided(phrases, side) { add(phrase) }
        add(caption(side: side))
        return found
    }

    /// What is said behind "while" when it is done beside something else: "waving the left hand".
    public func gerund(side: BodySide?) -> String {
        Wording.gerund(ofPredicate: caption(side: side).replacing("a person ", with: ""))
    }

    private func sided(_ wordings: [String], _ side: BodySide?) -> [String] {
        if let side { return wordings.map { $0.replacing("{side}", with: side.rawValue) } }
        let open = wordings.filter { !$0.contains("{side}") }
        return open.isEmpty ? wordings.map { $0.replacing("{side}", with: BodySide.left.rawValue) } : open
    }
}

/// The forms in which an imperative may stand.
enum Wording {
    static let subjects = [
        "a person", "the robot", "someone", "a man", "the person", "a woman", "he", "she", "the humanoid", "a figure",
    ]
    private static let requests = [
        "please {}", "{} please", "can you {}", "could you {}", "could you please {}", "i want you to {}", "now {}",
        "would you {}", "let the robot {}", "have him {}",
    ]
    private static let own = [
        "your": "their", "yourself": "themselves", "you": "they", "yours": "theirs",
    ]
    /// What may stand before the verb of an imperative.
    private static let adverbs: Set = ["slowly", "quickly", "nearly", "almost", "really", "just"]

    /// The imperative as a request, one of several by its number.
    static func polite(_ imperative: String, _ number: Int) -> String {
        requests[number % requests.count].replacing("{}", with: imperative)
    }

    /// What follows the subject of the same in the third person: "wave your hand" gives "waves their hand"; nil for
    /// what has no such form.
    static func thirdPerson(_ imperative: String) -> String? { inflected(imperative, MotionVerb.thirdPerson) }

    /// The same as what is being done: "waves the hand" from a caption's predicate gives "waving the hand".
    static func gerund(ofPredicate predicate: String) -> String {
        inflected(predicate) { word in
            let base = MotionVerb.lookUp(word)?.base ?? MotionVerb.base(ofThirdPerson: word)
            return MotionVerb.gerund(of: base)
        } ?? predicate
    }

    private static func inflected(_ text: String, _ inflect: (String) -> String) -> String? {
        var words = text.split(separator: " ").map(String.init)
        guard let first = words.firstIndex(where: { !adverbs.contains($0) }) else { return nil }
        guard !["do", "not", "be", "let"].contains(words[first]) || words.dropFirst(first + 1).first != "not" else {
            return nil
        }
        words[first] = words[first] == "be" ? "is" : words[first] == "have" ? "has" : inflect(words[first])
        for index in words.indices.dropFirst(first + 1) {
            let isVerb = words[index - 1] == "and" && MotionVerb.lookUp(words[index]) != nil
            if isVerb { words[index] = inflect(words[index]) }
            if let other = own[words[index]] { words[index] = other }
        }
        return words.joined(separator: " ")
    }
}
