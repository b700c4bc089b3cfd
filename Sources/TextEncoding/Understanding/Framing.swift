/// What leads up to an action or is polite, and says nothing about it: "would you be so kind as to", "the robot should",
/// "for the camera, please".
enum Framing {
    /// The words without their frame; something always remains.
    static func unframed(_ words: [String]) -> [String] {
        var rest = words[...]
        var isChanging = true
        while isChanging, rest.count > 1 {
            isChanging = false
            if let length = openings.length(atStartOf: rest) {
                rest = rest.dropFirst(length)
                isChanging = true
            }
            if let length = closings.length(atEndOf: rest) {
                rest = rest.dropLast(length)
                isChanging = true
            }
            if let length = subjectLength(rest), length < rest.count {
                rest = rest.dropFirst(length)
                isChanging = true
            }
        }
        return Array(rest)
    }

    /// Whether the words only lead up to something: "hey buddy".
    static func isFrame(_ words: [String]) -> Bool {
        openings.length(atStartOf: (words + [action])[...]) == words.count
    }

    /// Whether a word calls somebody: "robot".
    static func isPerson(_ word: String) -> Bool { people.contains(word) }

    /// A word that is in no frame.
    private static let action = "#"

    /// All words of the frames: they are no mistakes.
    static let words: Set<String> = openings.words.union(closings.words).union(people).union(auxiliaries)

    // MARK: Subjects

    /// How many words a subject takes that the words begin with: "a tall person is", "the robot should".
    private static func subjectLength(_ words: ArraySlice<String>) -> Int? {
        var index = words.startIndex
        if index < words.endIndex, articles.contains(words[index]) {
            guard let noun = words.prefix(4).firstIndex(where: people.contains) else { return nil }
            index = noun
        }
        guard index < words.endIndex, people.contains(words[index]) else { return nil }
        // "robot dance" is a dance.
        if index == words.startIndex, compounds.contains(words[index]), words.count < 3 { return nil }
        index += 1
        while index < words.endIndex, auxiliaries.contains(words[index]) { index += 1 }
        return index - words.startIndex
    }

    private static let articles: Set = ["a", "an", "the", "this", "that", "our", "your", "some", "one"]
    private static let people: Set = [
        "person", "man", "woman", "guy", "girl", "boy", "human", "figure", "robot", "character", "actor", "somebody",
        "someone", "he", "she", "they", "it", "humanoid", "android", "dude", "machine", "sim", "people", "subject",
        "bot", "lady", "gentleman", "player", "individual", "performer", "fellow", "kid", "child", "avatar", "model",
        "dancer", "athlete", "soldier",
    ]
    /// People whose name may stand before an action that is theirs.
    private static let compounds: Set = ["robot", "model", "soldier", "dancer", "machine", "athlete"]
    private static let auxiliaries: Set = [
        "is", "are", "should", "shall", "must", "will", "can", "then", "to", "has", "starts", "begins", "needs", "who",
        "that", "now", "slowly", "just", "being", "would", "could", "may", "decides", "tries", "attempts", "proceeds",
        "does", "did", "seems", "wants", "appears", "also", "simply", "suddenly", "continues", "gets", "ready",
    ]

    // MARK: Frames

    private static let openings = FrameTable(
        """
        (please|kindly|ok|okay|hey|hey there|hi|hi there|hello|hello there|yo|oi|now|just|then|and|so|well|\
        next|first)
        (finally|lastly|afterwards|alright|all right|right then|right now|maybe|perhaps|simply|come on|once \
        more|again)
        (no no|yes|yes please|excuse me|um|uh|er|oh|ah|quickly now|now then|for now|this time|one more time|actually|basically|\
        also)
        [hey|hi|ok|okay|hello|dear|now|alright|yo|listen] (robot|buddy|mate|pal|my friend|dude|bro|sir|\
        champ|big guy)
        (could|can|would|will|may|might) (you|we|he|she|it|the robot) [please|kindly|maybe|possibly|just|\
        perhaps|now|also|then|quickly please]
        (could|can|would|will) (you|we) [please] (be so kind as to|be so kind and|be so good as to|be a \
        dear and|mind|be able to|go ahead and|try to|try and|like to|care to|be kind enough to|be willing \
        to)
        be (so|very) (kind|good|nice) (as to|and|to)
        be a (dear|darling|sport) and
        do you (mind|think you could|think you can|think you might|fancy|want to|feel like|know how to)
        (you think|you reckon|reckon) you (can|could)
        (are you able to|is it possible for you to|is it possible to|would it be possible for you to)
        [is there] any chance you (could|can|would)
        i (wonder|was wondering|am wondering|was hoping|am hoping|hope) [if|whether] you (could|can|would|\
        might)
        if you (do not mind|would not mind|can|could|would|please|like|will|want) [then|please|could you|\
        would you]
        if it is (possible|okay|ok|alright|fine|not too much trouble|not too much to ask|no trouble) [could \
        you|would you|can you|please|then]
        (it|that) (would be|is|will be) (great|nice|lovely|cool|good|wonderful|awesome|fun|helpful|best) \
        (if you|for you to|to) [could|would|can]
        (i|we) would (appreciate it|love it|like it|be happy|be glad|be grateful|be thankful) if you [could|\
        would]
        why do (not you|you not)
        why not
        (how|what) about [you]
        what if you
        how would you
        do (me|us) a (favour|favor|solid) and
        (i|we) [would|would really|really|just|would just] (want|like|need|love|wish|prefer|ask|command|\
        order|beg|expect|require|invite|challenge|instruct|tell|advise) [for] (you|him|her|it|them|the \
        robot) to
        (i|we) [would|would really|really|just|would just] (want|like|love|need|wish) to see [you|him|her|\
        it|the robot|how you|if you can|whether you can|what you look like when you]
        i (say|suggest you|suggest that you|bet you can|bet you can not|think you should|said|insist that \
        you)
        i (want|need|would like|would love) (a|an|some)
        (can|could|may|might) (i|we) [please] (see|have|get|ask for|watch) [you|how you|the robot]
        let (me|us) [please] (see|watch) (you|how you|if you can|whether you can|the robot|him|her|it)
        let (us|him|her|it|them|the robot|this robot|that robot|the humanoid|the machine|the figure|the \
        character)
        let us see
        (make|have) (him|her|it|them|the robot|this robot|that robot|the humanoid|the machine|the figure)
        (get|tell|ask|order|command|cause) (him|her|it|them|the robot|the humanoid|the machine|the figure) \
        to
        (show|teach) (me|us|them|him|her|everyone|everybody|people|the audience|the crowd|the kids|the \
        children|the guests|the class|the world) [how to|how you|how you would|how one|how someone|how \
        people|that you can]
        show how (to|you)
        (see|check|find out) (if|whether) you can
        you (should|must|can|may|could|will|shall|ought to|have to|need to|had better|better|got to|might \
        want to|would)
        (you|the robot|he|she) (are|is) (supposed|asked|expected|meant|required|going|allowed|free|about|\
        ready) to
        you
        your (task|job|turn|mission|order|next move|goal|next task) is to
        the (command|task|order|goal|aim) is to
        [it is] [your|the] (time|turn) [for you] to
        what you (do|have to do|should do) is
        (go ahead|go on|come on|go) and
        go ahead
        (start|begin|continue|proceed|finish|end) (to|by|off by|up by)
        (try|attempt) (to|and)
        (feel free|remember|be sure|make sure|do not forget|get ready|prepare|be ready) [to]
        make sure (you|that you)
        (what|all) (i|we) want is for you to
        all (i|we) ask is that you
        (when|whenever) you are ready
        as (a|the|your) (next|first|last) (step|move|action|thing)
        for (the|your) next (step|move|trick|action)
        the (next|first|last) (thing|step|move) is [to]
        [with] no rush
        in your own time
        without (hurry|haste|rushing)
        it is time to
        let (me|us) (have|get)
        for (the|your|our|my) (next|first|second|third|last|following) (test|exercise|step|task|trick|part|scene|move|thing)
        (the|your|our) (next|first|last|following) (exercise|move|task|trick|step|action|pose|thing) (is|will be) [to|a|an|some]
        (my|our|the) (daughter|son|kids|children|wife|husband|boss|friend|friends|mother|father|audience|guests|class|baby|boy|girl) \
        (would love|would like|want|wants|would be happy) (it if you could|it if you would|to see you|if you could|you to)
        (keep|stay|keep on) (facing|looking) @front (and|while you|as you)
        (start|begin|finish|end|continue|open|close) (with|off with|by doing)
        """, direction: .opening)

    private static let closings = FrameTable(
        """
        (please|now|right now|right away|ok|okay|thanks|thank you|cheers|alright|again|once again|once more|\
        too)
        (thank you|thanks) (very much|so much|a lot|a bunch|in advance|kindly)
        (one more|another) time
        (straight away|straightaway|at once|immediately|asap|as well|instead|next|already|today|yeah|yes|\
        then|though)
        (mate|buddy|pal|dude|bro|my friend|my dear)
        (will|would|could|can|will not|can not) you [please]
        [if|when|whenever] (you please|you like|you want|you wish)
        if you (can|could|would|will|do not mind|would not mind|are able to|know how|feel like it|dare|\
        would be so kind)
        if (possible|it is possible|that is ok|that is okay|it is ok|it is okay|that is possible|i may ask|\
        need be)
        (when|whenever|once) (ready|you are ready|you can|you get a chance|you have time)
        in your own time
        as (best|well|good) as you can
        as best you can
        the best you can
        as you please
        like that
        for [all of] (me|us|him|her|them|you|everyone|everybody|fun|show|real|now|once|today|starters|a \
        change)
        for (the|my|our|your|this|these|all the) (camera|kids|audience|crowd|photo|picture|children|guests|\
        visitors|people|fans|class|group|demo|video|show|team|boss|family|friends|friend|mum|mom|dad|son|\
        daughter|wife|husband|cameras|ladies|judges|students|viewers|public|press|party|little ones|grandma|\
        grandpa|baby)
        for (a|one|just a) (bit|little bit|while|little while|moment|second|sec|minute|short while|little)
        (a|just a|a tiny|a wee|ever so|a very) (bit|little|little bit|tiny bit|touch|tad)
        (real|really) quick
        (in front of|before) (me|us|everyone|everybody|them|the camera|the audience|the crowd|people|all of \
        us)
        (and|but) (that is it|nothing else|nothing more|that is all)
        would you please
        will you please
        (the whole|all the) time
        you know
        in a row
        [and|while|but|still] (keep|keeping|still|always|while|but keep|and keep) (facing|looking|your eyes) @front
        (facing|looking) @front
        (with|keeping|and keep|but keep) your (eyes|body|chest|face|torso|head|gaze) [pointed|pointing|turned|facing] @front
        (without|but do not|and do not|do not) (turning|rotating|turn|rotate) [around|your body|yourself|your torso|your hips|at all]
        for me to see
        so (i|we) can see [it|you]
        or (so|something)
        and (so on|stuff)
        (do not you think|is not it|right here|over here|where you are standing)
        """, direction: .closing)
}

/// Phrases to be found at the beginning or the end of words, the longest first.
private struct FrameTable: Sendable {
    enum Direction { case opening, closing }

    /// By their first word, or for closings by their last.
    private let phrases: [String: [[String]]]
    let words: Set<String>

    /// More wordings than this no pattern makes.
    private static let mostWordings = 4096

    /// Alternatives that patterns name.
    private static let named = [
        "front":
            "ahead|forward|forwards|the same way|the same direction|the front|to the front|straight ahead|straight forward|"
            + "me|us|the camera|the audience"
    ]

    init(_ patterns: String, direction: Direction) {
        var phrases: [String: Set<[String]>] = [:]
        for pattern in patterns.split(separator: "\n").map(String.init) {
            for wording in WordingPattern(pattern, words: Self.named)?.wordings(limit: Self.mostWordings) ?? [] {
                let words = wording.split(separator: " ").map(String.init)
                guard let key = direction == .opening ? words.first : words.last else { continue }
                phrases[key, default: []].insert(words)
            }
        }
        self.phrases = phrases.mapValues { $0.sorted { $0.count > $1.count } }
        words = Set(phrases.values.joined().joined())
    }

    /// The length of the longest phrase that the words begin with, and that leaves some.
    func length(atStartOf words: ArraySlice<String>) -> Int? {
        guard let first = words.first else { return nil }
        return phrases[first]?.first { $0.count < words.count && words.starts(with: $0) }?.count
    }

    /// The same at their end.
    func length(atEndOf words: ArraySlice<String>) -> Int? {
        guard let last = words.last else { return nil }
        return phrases[last]?.first { $0.count < words.count && words.suffix($0.count).elementsEqual($0) }?.count
    }
}
