/// The phrases of English that say to stop now, and what may stand around them.
enum StopGrammar {
    /// What a clause says.
    enum Meaning: Hashable {
        /// To stop now.
        case stop(SpokenStop.Kind)
        /// Nothing to do: fillers, a name, a reason.
        case remark
        /// Anything else.
        case other
    }

    /// Reads a clause: a stop is made of phrases that say so, and of fillers, with nothing left over.
    static func meaning(of clause: SpokenClause) -> Meaning {
        let words = clause.keys
        var kind: SpokenStop.Kind?
        var rest = words[...]
        while !rest.isEmpty {
            if let (found, count) = phrase(rest) {
                // "stop walking when I clap" is for later.
                guard !isForLater(rest) else { return .other }
                kind = max(kind ?? found, found)
                rest = rest.dropFirst(count)
            } else if let count = longest(kind == nil ? fillers : fillers + trailers, rest) {
                rest = rest.dropFirst(count)
            } else {
                return isRemark(words) ? .remark : .other
            }
        }
        return kind.map(Meaning.stop) ?? .remark
    }

    /// Whether a clause says what to wait for, other than some time: "wait for my signal", "hold until I clap".
    static func waitsForSomething(_ clause: SpokenClause) -> Bool {
        let keys = clause.keys
        return keys.contains("until") || keys.contains("for") && longest(times, keys.drop { $0 != "for" }) == nil
    }

    private static let times = PhrasePattern.table(
        """
        for [just|only] [a|an|one|some|another|the] [short|little|brief|more] (second|moment|minute|bit|while|time|now) *
        for [just|only] %number *
        """)

    private static func phrase(_ words: ArraySlice<String>) -> (kind: SpokenStop.Kind, count: Int)? {
        var best: (kind: SpokenStop.Kind, count: Int)?
        for (kind, patterns) in phrases {
            if let count = longest(patterns, words), count > best?.count ?? 0 { best = (kind, count) }
        }
        return best
    }

    private static func longest(_ patterns: [PhrasePattern], _ words: ArraySlice<String>) -> Int? {
        patterns.compactMap { $0.match(words) }.max()
    }

    /// Whether the words only comment ("you are too close", "watch out"), or call somebody by a name.
    private static func isRemark(_ words: [String]) -> Bool {
        guard let first = words.first, !isForLater(words[...]) else { return false }
        if longest(remarks, words[...]) != nil { return true }
        return words.count <= 2 && !spatial.contains(first) && words.allSatisfy { MotionVerb.lookUp($0) == nil }
            && !["a", "an", "the", "no", "not", "without"].contains(first)
    }

    /// Whether what is said waits for something, or is only shown or told: "when I clap", "the stop gesture".
    private static func isForLater(_ words: ArraySlice<String>) -> Bool {
        // "until I say so" is how long it lasts, and "at once" is now.
        let words = words.prefix { $0 != "until" }
        return zip([""] + words, words).contains { before, word in conditions.contains(word) && before != "at" }
    }

    /// Words that put what is said off until something happens, or only tell what somebody says.
    private static let conditions: Set = [
        "when", "whenever", "if", "once", "unless", "after", "says", "say", "saying", "gesture", "gestures",
        "sign", "signs", "mime", "pantomime", "charade", "charades",
    ]

    /// Words that say where or with which part of the body: "forward", "hands up" are no names.
    private static let spatial: Set = [
        "forward", "forwards", "backward", "backwards", "back", "left", "right", "up", "down", "around", "sideways",
        "ahead",
        "straight", "over", "arm", "arms", "hand", "hands", "leg", "legs", "knee", "knees", "foot", "feet", "head",
        "steps",
        "step", "degrees", "meters", "metres", "slowly", "faster", "slower", "quickly", "fast", "slow",
    ]

    private static let remarks = PhrasePattern.table(
        """
        (i|we|they|he|she|it|that|this|there|you|everyone|somebody|someone) (am|are|is|was|will|would|might|can|could|have|has) *
        (i|we|you) (think|know|see|mean|said|told|hear|want|need) *
        (watch|look) out *
        (be|so|too|very|not) (careful|fast|far|close|high|much|good|bad|wrong) *
        (careful|sorry|thanks|hurry|danger|dangerous|help|look|listen|quick|wrong|attention|warning|caution) *
        (what|why|oh|my|good|nice|great|well) *
        """)

    private static let fillers = PhrasePattern.table(
        """
        (please|kindly|just|simply|now|immediately|instantly|quick|quickly|already|again|really|seriously|actually|today)
        (okay|alright|hey|hi|hello|oi|oh|uh|um|ah|yo|no|nope|nah|well|so|thanks|asap|urgent|urgently|fast|completely)
        (robot|robots|machine|humanoid|unitree|kmm|kmmd|g1|h1|sir|man|dude|buddy|bot|everybody|everyone|guys|mate)
        (the|dear|mister|mr) robot
        (you|do|and|then|immediate|entirely|altogether|suddenly|abruptly)
        all right
        right (now|away|this)
        at once
        this (instant|second|minute|moment|very)
        straight away
        as [fast|soon|quickly] [as] [possible|you] [can]
        thank you [very] [so] [much]
        (can|could|would|will|shall) (you|we|it)
        (i|we) (want|need|order|command|ask|beg|expect|urge|tell|told|asked|would) [like|want|prefer] (you|it|him|her) to
        (i|we) (want|need|would|demand) [like] (the|this|that) robot to
        (i|we) am (asking|telling|ordering|begging|commanding) you [to]
        (i|we) (said|repeat|mean|beg|insist|command|demand) [it|you]
        you (can|may|should|must|could|better|need|have|ought|are|had) [better] [to|now]
        (we|it) (need|have|should|must|can|ought) [to]
        (have|need|got) to
        it is [high] time to
        time to
        let us
        (make|be) sure [you] [to]
        go ahead
        (slow|calm) down
        take it easy
        the robot (should|must|needs|has|can|may|ought) [to]
        for [the] (god|gods|heaven|heavens|pity|pitys|love|goodness|now|me|today|real|once) [s|of] [sake|god]
        for crying out loud
        (damn|dammit|god|jesus|hell) [it]
        why do not (you|we)
        will you
        """)

    /// What may follow a phrase, but open no clause.
    private static let trailers = PhrasePattern.table(
        """
        [right|over|just] (here|there)
        [right|exactly|just] where you (are|stand)
        (on|at) the [very] spot
        in [your|the] (place|tracks|position|spot)
        dead in your tracks
        as you are
        until (i|we|you|told|further|someone|somebody) *
        (because|since|cause|cos|or|else|otherwise|as) *
        before (you|it|someone|somebody|something|we|i) (fall|hit|hurt|break|crash|fell|harm|kill|run|bump|damage|injure|burn|fry) *
        (i|we|you|it|that|this|there|he|she|they) (am|are|is|will|was|have|did|do|said|told|want|need) *
        for [just|only] (a|one|some) [short|little|brief] (moment|while|bit|time)
        (a|one) [short|little|brief] (second|moment|minute|while|bit)
        [for] good
        (forever|everything|all|completely|totally|altogether|man|dead|cold)
        """)

    private static let phrases: [(SpokenStop.Kind, [PhrasePattern])] = [
        (
            .stop,
            PhrasePattern.table(
                """
                (stop|quit|cease|end|finish|abort|discontinue|terminate) [doing] (it|this|that|everything|all|yourself|these|those)
                (stop|quit|cease|abort|cancel|terminate|brake|brakes|desist|enough|whoa|stopping|basta)
                (stop|quit|cease|discontinue|end) %doing *
                (stop|quit|cease) (your|the|that|this|all|with) [the|your|that|this|of] %doing
                (stop|quit|cease) to (move|walk) [please|now]
                stop this (instant|second|minute|moment|very) [instant|second|minute|moment]
                stop (at|right) [once|now]
                (stop|quit|cease|end|abort|cancel|terminate|interrupt|discontinue) [all|any|every|the|your|this|that] [of] [your|the|further|current|present|ongoing] (motion|motions|movement|movements|locomotion|activity|activities|action|actions|mission|motors|execution|operation|operations)
                (stop|quit|cease|end|abort|cancel|terminate|interrupt) (the|your|this|that) [current|present] (program|sequence|task|tasks|motor|routine|performance|robot|machine|dance|dancing|walk|walking|run|march|show|playback)
                (stop|quit|cease|end|abort|discontinue|terminate|interrupt) (what|whatever) [ever] (you|it) (are|is) *
                stop for [a|an] %number [seconds|second|minutes|minute|moments]
                stop for (a|one|some|the) [short|little|brief] (second|moment|minute|while|bit|time|day|today)
                (cancel|scrap|drop) (it|that|this|everything|all)
                (cut|knock|call|shake) (it|that|this) (out|off)
                forget [about] (it|that|this|everything)
                leave (it|that|this) [alone|be]
                pack it in
                call it a day
                pull over
                give it a rest
                (that|this|it) is [more] [than] [quite|far|close|good] (enough|sufficient) [already|for]
                (enough|that) [of] (that|this|it|already|is) [now|enough]
                enough %doing *
                enough with (that|this|the) [%doing]
                that will (do|be) [enough|all]
                no (more|further) [of] [that|this|it]
                no (more|further) %doing *
                no more [of] [your|this|that|the|any] (motion|moves|steps|movement|movements|motions|actions|steps)
                not (another|one|a) [more|single] (step|move|movement|inch|centimeter) [further|more]
                (walk|go|move|run) no (further|farther|more)
                far enough
                (come|get|go|bring) [it|yourself|this|the] [robot] to [a|an|the] [complete|full|dead|sudden|immediate|total] (stop|halt|standstill|rest)
                (make|have|get|force) (it|the|him|her|this|everything) [robot] [to] stop
                (put|bring) (a|an) (stop|end) to (it|that|this|everything)
                (full|all|dead|complete|immediate|hard|crash) stop
                stop (and|or) desist
                stand down
                stop your [left|right] (arm|arms|hand|hands|leg|legs|foot|feet|head|body|hips)
                you have (gone|done|moved|walked) [far|more] [than] enough
                (hit|slam|use|apply|pull|put) [on] the (brake|brakes) [on]
                (shut|power|switch|turn) [yourself|it] (down|off)
                do not (continue|proceed|keep|go|carry) [on|going] [%doing] *
                would you mind (stopping|pausing|quitting)
                stop (right|just|over)
                stop (now|here|there|immediately|instantly)
                """)
        ),
        (
            .hold,
            PhrasePattern.table(
                """
                (freeze|wait|pause|hold|stay|hesitate)
                freeze (it|that|this|everything|yourself)
                (freeze|pause|suspend|hold) [all|any|the|your|this|that] (motion|motions|movement|movements|position|pose|action|actions|activity|everything|it)
                (freeze|pause|suspend) (the|your|this|that) (robot|body|dance|walk|show|playback|routine|sequence)
                (pause|suspend) %doing *
                (wait|hold|hang) (up|on|it|a|here|there)
                (wait|hold|hang|pause|one|just) [on|up] [for] [just] (a|one|another) [short|little|brief|more] (second|moment|minute|bit|while|time)
                (a|one|another) (moment|second|minute)
                give (me|us) (a|one) [short|little] (second|moment|minute|break)
                wait for (me|us|it|him|her|them|now)
                wait for (my|the|your|our|further|another|more|a) [next|further|go] (signal|command|commands|order|orders|instruction|instructions|word|cue|go|mark)
                (stand|stay|keep|hold|remain|be|freeze) [perfectly|completely|absolutely|totally|very] (still|motionless|immobile|stationary|frozen|steady|unmoving)
                (stay|remain|keep|hold|freeze) (put|there|here|so) [there|here]
                (stay|remain|stand|keep|hold|freeze|wait) [right|exactly|just] (where|as|like) (you|it|that|this) [are|is|stand]
                (stay|remain|keep|freeze|hold) in [your|the|this|that] [current] (place|position|pose|spot|posture)
                hold [that|this|the|your|it] [current] (position|pose|posture|stance|ground|thought|horses|steady|fire|that|this|everything)
                stand (by|fast|pat)
                (take|have|make) a [short|little|quick] (pause|break|breather)
                (keep|maintain) [your|that|this|the] [current] (position|pose|posture|stance)
                do not [you] [even|ever] [dare] [to] (move|budge|stir|twitch|shift) [even] [a|an|any|from|at|your|around|one|one's] [single] [muscle|inch|finger|step|more|further|bit|limb|hair|there|here|all|body|anything|anymore|spot|millimeter|centimeter]
                (do|did) not (go|come|walk|move|run) [any] (further|farther|closer|more)
                do not (walk|run|jog|go|step|crawl|march|come|advance|approach) [any] [further|farther|closer|more|on|forward|again|anywhere|now|around]
                do not (dance|jump|turn|spin|hop|wave|kick|punch|swing|jerk|shake) (any|further|farther|more|again|now) [further|farther|more]
                do not (make|take|do) (a|another|any|one) [single|more|other] (step|move|movement|movements|steps) [further|more]
                (no|nobody|none|no-one) [one|body] (move|moves|moving|movement|movements|budge)
                not move
                stop and (wait|hold)
                time out
                would you mind (waiting|holding) [on|still]
                """)
        ),
        (
            .halt,
            PhrasePattern.table(
                """
                (halt|emergency)
                halt (it|that|this|everything|all|there|here|now|right|immediately|yourself)
                halt [all|any|the|your|this] (motion|motions|movement|movements|activity|action|actions|robot|motors|operation|operations)
                halt %doing *
                emergency [stop|halt|brake|braking|shutdown|freeze|off]
                (e|panic) (stop|halt|brake|braking|shutdown|freeze|off)
                (activate|trigger|initiate|engage|execute|perform|do|make) [an|the|a] emergency (stop|halt|brake|shutdown)
                (this|it) is an emergency [stop]
                (hit|push|press|use) the (emergency|e) stop
                kill (it|motors|power|everything) [now]
                kill (the|all|your) (robot|motors|power|motion|switch|movement)
                """)
        ),
    ]
}
