/// Words that say to stop, mended when they are misspelt.
///
/// A word that is no word of its own and lies near to one of ``mendable`` counts as that one (`SpellingCorrector`).
enum Spelling {
    /// The word as it was meant.
    static func mended(_ word: String) -> String {
        var candidates = [word]
        // "stoooop" is drawn out: nobody spells with three of a letter.
        let drawnOut = [collapsed(word, to: 1), collapsed(word, to: 2)]
        if drawnOut[1] != word { candidates = drawnOut }
        candidates = candidates.map(withoutDigits)
        for candidate in candidates where mendable.contains(candidate) || isWord(candidate) { return candidate }
        for candidate in candidates {
            if let near = corrector.nearest(to: candidate) { return near }
            // Short words have too many neighbours: theirs are letters twice or in another order.
            let same = short.first { $0.first == candidate.first && Set($0) == Set(candidate) && candidate.count < 5 }
            if let same { return same }
        }
        return candidates[0]
    }

    /// A letter in lower case without its accent.
    static func folded(_ character: Character) -> String {
        var folded = String.UnicodeScalarView()
        for scalar in character.unicodeScalars {
            for small in scalar.properties.lowercaseMapping.unicodeScalars {
                if small.properties.generalCategory == .nonspacingMark { continue }
                folded.append(AccentedLetters.base(of: small) ?? small)
            }
        }
        return String(folded)
    }

    /// Words that are mended: those that carry the meaning of a stop, and the most usual fillers.
    private static let mendable: Set = [
        "stop", "halt", "freeze", "wait", "pause", "hold", "still", "cease", "abort", "enough", "emergency",
        "please", "move", "moving", "walking", "dancing", "running", "turning", "waving", "standing", "immediately",
        "right", "stand", "stay", "there", "motion", "movement", "everything", "robot", "second", "moment", "minute",
    ]

    private static let short = ["now", "not", "you", "the", "all"]

    private static func isWord(_ word: String) -> Bool { MotionVerb.lookUp(word) != nil || words.contains(word) }

    /// Runs of more than `count` of a letter cut to that.
    private static func collapsed(_ word: String, to count: Int) -> String {
        var result = ""
        var run: [Character] = []
        func end() { result += String(run.count >= 3 ? run[..<count] : run[...]) }
        for character in word {
            if run.last != character {
                end()
                run = []
            }
            run.append(character)
        }
        end()
        return result
    }

    /// "st0p" with letters for the digits that look like them.
    private static func withoutDigits(_ word: String) -> String {
        guard word.contains(where: \.isNumber), word.filter(\.isLetter).count >= 3 else { return word }
        return String(word.map { ["0": "o", "4": "a", "3": "e"][$0] ?? $0 })
    }

    private static let corrector = SpellingCorrector(
        words: Dictionary(uniqueKeysWithValues: mendable.map { ($0, 1) }), english: isWord)

    /// Words of English that lie near to one of ``mendable`` and mean something else; from the list of Debian's wamerican
    /// without words that are rarer than the misspelling ("swop", "pease").
    private static let words = Set(
        """
        aborts about alt aright atop await bait balking banding bight bold branding breeze bright burning
        calking case cause caving ceased ceases chase cold cove crease cunning dove dunning ease eight emergence
        emergent emotion fight fold foment freezer freezes frieze fright gait gold gunning haft hale half hall
        halo halts handing hart hat having held here hilt hoed holds hole holed holy hood hove immediate lancing
        landing lease light lotion love loving malt might minuet minuted minuter minutes mode mold mole moments
        monument mooing mope moping more mote motions moved movements mover moves movie mowing night non notion
        old parse paused pauses pavement paving pleased pleases potion punning raving rights robots root rove
        roving ruining salt sand sanding saving say scalding scanning scanting seconds sending shading shalt
        shill shop sight sill skill slanting slay slop sold sounding spading spanking spanning spay spending
        spill stab stabbing stabling stacking staffing stag staging staid staining staking staling stalking
        stall stalling stamping stanching standings stands stank stapling star staring starling starring
        starting starving stashing stat stating staving staying stays step stile stills stilt stinging stinking
        stinting stomp stoning stoop stops stow strand stranding stray striding strop studding stunning stunting
        sty sunning swanking sway swill talking tanking tanning tease tending theme these three tight till told
        top tuning turfing upstanding wading waft waging waif wail waist waits waiving waking waling walling
        waning wanking want wart watt waxing weaving where whit wight wit wove wright writ
        """.split(whereSeparator: \.isWhitespace).map(String.init))
}
