/// The verbs of motion that the segment splitter knows, in the forms that open an action.
enum MotionVerb {
    /// How a verb stands in a text.
    enum Form {
        /// "walk"
        case base
        /// "walks"
        case thirdPerson
        /// "walking"
        case gerund
    }

    /// The base and the form of a word in lower case; nil for a word that is no known verb.
    static func lookUp(_ word: String) -> (base: String, form: Form)? { forms[word] }

    /// "walk" of "walks", "catch" of "catches", "carry" of "carries"; for any verb.
    static func base(ofThirdPerson word: String) -> String {
        if word == "is" { return "be" }
        if word == "has" { return "have" }
        if word.hasSuffix("ies") { return word.dropLast(3) + "y" }
        if word.hasSuffix("es"), ["s", "x", "z", "ch", "sh", "o"].contains(where: word.dropLast(2).hasSuffix) {
            return String(word.dropLast(2))
        }
        return word.hasSuffix("s") && !word.hasSuffix("ss") ? String(word.dropLast()) : word
    }

    /// "waving" of "wave", "running" of "run", "lying" of "lie".
    static func gerund(of base: String) -> String {
        if base.hasSuffix("ie") { return base.dropLast(2) + "ying" }
        if base.hasSuffix("e"), !base.hasSuffix("ee"), base.count > 2 { return base.dropLast() + "ing" }
        let letters = Array(base)
        // One short vowel before the last consonant: "sit" doubles it, "look" and "open" do not.
        if letters.count >= 3, letters.count <= 4, let last = letters.last, !isVowel(last), !"wxy".contains(last),
            isVowel(letters[letters.count - 2]), !isVowel(letters[letters.count - 3]), base != "open"
        {
            return "\(base)\(last)ing"
        }
        return base + "ing"
    }

    /// "walks" of "walk", "catches" of "catch", "carries" of "carry".
    static func thirdPerson(of base: String) -> String {
        if ["s", "x", "z", "ch", "sh", "o"].contains(where: base.hasSuffix) { return base + "es" }
        if base.hasSuffix("y"), let before = base.dropLast().last, !isVowel(before) { return base.dropLast() + "ies" }
        return base + "s"
    }

    private static let bases = """
        accelerate act adjust aim approach arch attack backflip backpedal backtrack balance beckon begin bend
        block bounce bow box brace bring brush carry cartwheel catch change check cheer circle clap clasp clean
        climb close collapse come continue crawl creep cross crouch curl cut dance dangle dash descend dip dive
        do dodge drag draw dribble drink drop duck eat enter exit extend face fall finish flail flap flex fling
        flip fold follow freeze gallop gesture get give glide go grab grasp greet halt hang hesitate hit hold
        hop hug imitate jab jerk jog juggle jump keep kick kneel knock land launch lay lean leap let lie lift
        limp look lose lower lunge make march mimic mix move nod open pace pat pause perform pick pirouette
        pivot place play point pose pour practice press pretend proceed pull punch push put raise reach recover
        regain relax release remain remove repeat replace rest resume retract retrieve return reverse rise rock
        roll rotate row rub run rush salute scoop scratch scrub set shake shift shoot shrug shuffle sidestep sit
        skip slap slide slip slow sneak spin spread sprint squat stagger stand stare start stay step stir stomp
        stoop stop straighten stretch stride strike stroll stumble swat sway sweep swim swing swipe switch
        swivel take talk tap throw tilt tip tiptoe toss touch transfer trip try tumble turn twirl twist twitch
        type uncross unfold use veer wait walk wander wash wave wiggle wind wipe wobble yawn
        amble applaud bang beg blow boogie breathe celebrate chew chop chuck conclude conduct cough cry cuddle dab dig drum
        dust elevate end exhale feint groove hail hammer haul heave hobble hurl inhale jive juggle knead laugh lob march
        meditate moonwalk mop paint parry pet pitch plod polish pray rinse saunter saw scrub scurry scuttle sew shiver
        shower signal sing sip slash smoke snap sneeze spar sob stamp strut swagger swat thrust tremble trot trudge tug
        twerk waddle waltz whistle write zigzag
        """

    private static let forms: [String: (base: String, form: Form)] = {
        // "back" alone is a direction.
        var forms: [String: (base: String, form: Form)] = ["backs": ("back", .thirdPerson)]
        for base in bases.split(whereSeparator: \.isWhitespace).map(String.init) {
            forms[base] = (base, .base)
            forms[thirdPerson(of: base)] = (base, .thirdPerson)
            for gerund in gerunds(of: base) { forms[gerund] = (base, .gerund) }
        }
        return forms
    }()

    /// The ways in which a gerund may be spelled: "waving", "running", "lying", "walking".
    private static func gerunds(of base: String) -> [String] {
        if base.hasSuffix("ie") { return [base.dropLast(2) + "ying"] }
        var gerunds = [base + "ing"]
        if base.hasSuffix("e") { gerunds.append(base.dropLast() + "ing") }
        if let last = base.last, !isVowel(last) { gerunds.append("\(base)\(last)ing") }
        return gerunds
    }

    private static func isVowel(_ letter: Character) -> Bool { "aeiou".contains(letter) }
}
