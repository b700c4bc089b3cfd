import Testing
import TextEncoding

@testable import TextEncoding

/// What stands around the actions of a text: whom it speaks to, why, what shall not be done, and what words refer to.
@Suite("Reading")
struct ReadingTests {
    private let reader: CommandReader

    init() throws { reader = try ShippedLexicon.reader.get() }

    private func read(_ text: String) -> Understanding { reader.read(text) { _ in [] } }

    private func names(_ text: String) -> [[String]] { read(text).segments.map { $0.actions.map(\.name) } }

    @Test(
        arguments: [
            "hello robbie, wave", "because the show is over, wave", "we are on television, so wave",
            "my foot hurts. wave!",
            "okay, now: wave", "wave because i like it", "to greet the guests, wave", "as it is late, please wave",
        ])
    func whatLeadsUpToAnActionIsNone(_ text: String) {
        #expect(names(text) == [["wave"]], "\(text)")
        #expect(read(text).refusal(.strict) == nil, "\(text)")
    }

    @Test func mannersThatNobodyListedAreLeftOut() {
        for text in ["bow as if dancing", "bow with tiny movements", "bow like a soldier", "bow enthusiastically"] {
            let action = read(text).segments.first?.actions.first
            #expect(action?.name == "bow" && action?.likeness ?? 0 > 0.8, "\(text)")
        }
        #expect(read("clap with joy").segments.first?.actions.first?.manner == .happy)
        #expect(read("walk slowly").segments.first?.actions.first?.name == "walk_forward")
        #expect(names("walk like a penguin") == [["penguin"]])
    }

    @Test func wordsReferToPartsNamedBefore() {
        let segments = read("raise your left arm, then lower it, and then raise the right one").segments
        #expect(segments.map { $0.actions.first?.name } == ["raise_arm", "lower_arms", "raise_arm"])
        #expect(segments.map { $0.actions.first?.side } == [.left, .left, .right])
        #expect(
            BackReference.resolved(["bend", "the", "other", "one"], before: ["your", "left", "knee"]) == [
                "bend", "the", "right", "knee",
            ])
        #expect(BackReference.resolved(["touch", "it"], before: ["wave"]) == ["touch", "it"])
    }

    @Test func whatIsNotToBeDoneLeavesTheRest() {
        let segments = read("don't jump, just squat").segments
        #expect(segments.map { $0.actions.map(\.name) } == [["squat"]])
        #expect(segments.first?.excluded == ["jump"])
        #expect(read("don't jump").refusal(.strict)?.reason == .negated)
    }

    @Test func unitsAreNoStepsAndNoTimes() {
        for (text, metres) in [
            ("walk 20 centimetres forward", 0.2), ("move forward fifty centimeters", 0.5), ("walk 2 yards", 1.8288),
            ("walk twenty five inches forward", 0.635),
        ] {
            let segment = read(text).segments.first?.segment
            #expect(abs((segment?.goal?.distance ?? 0) - metres) < 1e-9, "\(text)")
            #expect(segment?.goal?.steps == nil && segment?.repeats == 1, "\(text)")
        }
    }

    @Test func numbersOfSeveralWordsCount() {
        #expect(read("do a couple of squats").segments.first?.segment.repeats == 2)
        #expect(read("do half a dozen jumping jacks").segments.first?.segment.repeats == 6)
        #expect(read("do twenty five squats").segments.first?.segment.repeats == 25)
        #expect(read("do a thousand squats").refusal(.strict)?.reason == .tooMuch)
        #expect(read("spin 100 times").refusal(.strict)?.reason == .tooMuch)
    }

    @Test(arguments: ["kick the dog", "punch me in the face", "slap that man", "please hit him"])
    func hurtingIsDangerous(_ text: String) {
        #expect(read(text).refusal(.strict)?.reason == .dangerous, "\(text)")
    }

    @Test(
        arguments: [
            "jump when i say go", "clap if you are happy", "the door is open", "can robots dream", "it is cold in here",
            "are you tired", "{\"type\": \"say\"}", "walk(); jump()", "dancing is fun",
        ])
    func whatTellsOrAsksOrCannotBeKnownIsRefused(_ text: String) {
        #expect(read(text).refusal(.strict) != nil, "\(text)")
    }

    @Test(
        arguments: [
            ("turn left", 90), ("turn right", -90), ("dreh dich nach links", 90), ("face the other way", 180),
            ("turn around to the right", -180),
            ("spin", 360), ("turn left 45 degrees", 45), ("make a full turn", 360),
        ])
    func turnsWithoutAnAngleAreAQuarterHalfOrWhole(_ text: String, _ degrees: Double) throws {
        let goal = try #require(read(text).segments.first?.segment.goal, "\(text)")
        #expect(abs((goal.turn ?? 0) * 180 / .pi - degrees) < 1e-9, "\(text)")
    }

    @Test func turnsThatAreToldHowLongTakeThatLong() {
        let segment = read("turn left for three seconds").segments.first?.segment
        #expect(segment?.goal == nil && segment?.duration == 3)
    }

    @Test(arguments: [
        ("wave while walking", "a person walks forward while waving hello"),
        ("wave with your left hand while walking backward", "a person walks backward while waving the left hand"),
        ("nod as you walk", "a person walks forward while nodding"),
    ])
    func armsAndHeadAreLaidOverWhatTheBodyDoes(_ text: String, _ prompt: String) {
        #expect(read(text).segments.map(\.segment.text) == [prompt], "\(text)")
    }

    @Test(
        arguments: [
            ("a person does jumping jacks", "jumping_jack"), ("the robot did a squat", "squat"),
            ("somebody is doing a lunge", "lunge"),
            ("wave at the camera", "wave"), ("bow to the guests", "bow"), ("kick with the right foot", "kick"),
            ("tiptoe across the room", "tiptoe"), ("mime opening a door", "open_door"),
        ])
    func whoDoesItAndForWhomSaysLittle(_ text: String, _ name: String) {
        #expect(names(text) == [[name]], "\(text)")
        #expect(read(text).refusal(.strict) == nil, "\(text)")
    }

    @Test func refusalsSayWhatWouldDo() throws {
        let far = try #require(read("walk forward 900 metres").refusal(.strict))
        #expect(far.description.contains("at most 100 m") && far.nearest.first == "walk forward")
        let place = try #require(read("go to the kitchen").refusal(.strict))
        #expect(place.reason == .place && place.description.contains("say which way and how far"))
        for text in ["do a backflip", "go to the kitchen", "walk forward 900 metres"] {
            let nearest = try #require(read(text).refusal(.strict)).nearest
            #expect((1...3).contains(nearest.count), "\(text)")
            for near in nearest { #expect(read(near).refusal(.strict) == nil, "\(near)") }
        }
    }

    @Test func otherLanguagesNameOneActionAClause() {
        for (text, name) in [
            ("hebe beide arme hoch", "raise_both_arms"), ("heb das rechte knie", "knee_raise"),
            ("geh drei schritte zurück", "walk_backward"), ("두 팔을 들어 올려", "raise_both_arms"),
            ("zeig nach oben", "point_up"),
        ] {
            let segment = read(text).segments.first
            #expect(segment?.actions.map(\.name) == [name] && segment?.segment.repeats == 1, "\(text)")
        }
        #expect(names("geh vorwärts und winke") == [["walk_forward"], ["wave"]])
    }

    @Test func clearWordsAreNotEmbedded() throws {
        let classifier = ActionClassifier(
            names: [ActionClassifier.nothing], weight: [Float](repeating: 0, count: SentenceEncoder.width), bias: [0])
        let lexicon = try ShippedLexicon.lexicon.get()
        let reader = CommandReader(lexicon: lexicon, classifier: classifier, learnt: Set(lexicon.actions.map(\.name)))
        var asked: [String] = []
        let zeros = [Float](repeating: 0, count: SentenceEncoder.width)
        for text in [
            "walk forward", "please walk forward slowly", "hey robot, wave with your right hand",
            "a tall person claps with joy",
            "walk forward while waving your left hand", "take two steps back", "bow deeply, then clap",
        ] {
            let understanding = reader.read(text) {
                asked.append($0)
                return zeros
            }
            #expect(understanding.refusal(.strict) == nil, "\(text)")
        }
        #expect(asked.isEmpty, "\(asked)")
    }
}
