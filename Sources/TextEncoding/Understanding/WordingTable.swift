/// Lists of numbers one behind the other.
struct FlatLists: Sendable {
    private(set) var values: [Int32] = []
    private var ends: [Int32] = []

    init() {}

    init(values: [Int32], ends: [Int32]) { (self.values, self.ends) = (values, ends) }

    subscript(index: Int) -> ArraySlice<Int32> {
        values[(index == 0 ? 0 : Int(ends[index - 1]))..<Int(ends[index])]
    }

    mutating func append(_ list: [Int32]) {
        values += list
        ends.append(Int32(values.count))
    }
}

/// All wordings of a lexicon as numbers of words. Programs make it when they start: it looks every word up once only.
struct WordingTable {
    /// The number of each stem.
    private(set) var ids: [String: Int] = [:]
    /// How often each word occurs, as it is written.
    private(set) var vocabulary: [String: Int] = [:]
    /// The actions that know each stem, in their order.
    private(set) var knowing: [[Int32]] = []
    /// The action of each wording.
    private(set) var actions: [Int32] = []
    /// The words of each wording in their order.
    private(set) var orders = FlatLists()
    /// Whether each wording tells a side.
    private(set) var tellsSide: [Bool] = []
    /// The words of all wordings, each wording's once and by number, and where those of each end.
    private var words: [(id: Int32, share: Float)] = []
    private var ends: [Int] = []
    private var terms: [String: Term] = [:]

    init(_ lexicon: Lexicon) {
        for (number, action) in lexicon.actions.enumerated() {
            var known: Set<[Int32]> = []
            for wordings in [action.imperatives, action.phrases, [action.caption]] {
                for wording in wordings { add(wording, Int32(number), &known) }
            }
        }
    }

    /// The words of a wording, each once.
    func words(of wording: Int) -> ArraySlice<(id: Int32, share: Float)> {
        words[(wording == 0 ? 0 : ends[wording - 1])..<ends[wording]]
    }

    /// The wordings in which each stem stands.
    func postings() -> FlatLists {
        var starts = [Int32](repeating: 0, count: ids.count + 1)
        for word in words { starts[Int(word.id) + 1] += 1 }
        for index in starts.indices.dropFirst() { starts[index] += starts[index - 1] }
        var values = [Int32](repeating: 0, count: words.count)
        var next = starts
        for wording in actions.indices {
            for word in words(of: wording) {
                values[Int(next[Int(word.id)])] = Int32(wording)
                next[Int(word.id)] += 1
            }
        }
        return FlatLists(values: values, ends: Array(starts.dropFirst()))
    }

    private mutating func add(_ wording: String, _ action: Int32, _ known: inout Set<[Int32]>) {
        let tellsSide = wording.utf8.contains(UInt8(ascii: "{"))
        let words = Phrase.words(ofWording: wording)
        for word in words { vocabulary[word, default: 0] += 1 }
        var order: [Int32] = []
        var shares: [(id: Int32, share: Float)] = []
        for token in Phrase(words, lookUp: { term($0) }).tokens where token.share > 0 {
            let id = number(of: token.stem)
            if knowing[Int(id)].last != action { knowing[Int(id)].append(action) }
            order.append(id)
            if let place = shares.firstIndex(where: { $0.id == id }) {
                shares[place].share = token.share
            } else {
                shares.append((id, token.share))
            }
        }
        guard !order.isEmpty, known.insert(order + [tellsSide ? 1 : 0]).inserted else { return }
        shares.sort { $0.id < $1.id }
        self.words += shares
        ends.append(self.words.count)
        actions.append(action)
        orders.append(order)
        self.tellsSide.append(tellsSide)
    }

    private mutating func number(of stem: String) -> Int32 {
        if let id = ids[stem] { return Int32(id) }
        let id = ids.count
        ids[stem] = id
        knowing.append([])
        return Int32(id)
    }

    private mutating func term(_ word: String) -> Term {
        if let term = terms[word] { return term }
        let term = Term(word)
        terms[word] = term
        return term
    }
}
