import Geometry
import Testing
import TextEncoding

@Suite("Segment splitter")
struct SegmentSplitterTests {
    /// A text and its actions; "| 2.5" behind an action is its stated duration.
    static let cases: [(text: String, actions: [String])] = [
        // One action stays whole.
        ("walk forward", ["walk forward"]),
        ("A person walks forward.", ["A person walks forward"]),
        ("  wave with the right hand  ", ["wave with the right hand"]),
        ("a person walks forward while waving both hands", ["a person walks forward while waving both hands"]),
        ("a person walks and waves", ["a person walks and waves"]),
        ("raise both arms as you walk", ["raise both arms as you walk"]),
        ("While walking, wave with the right hand", ["While walking, wave with the right hand"]),
        (
            "a person walks forward, veering slightly to the left",
            ["a person walks forward, veering slightly to the left"]
        ),
        ("a person stands, hands on hips", ["a person stands, hands on hips"]),
        ("a tall, thin person walks", ["a tall, thin person walks"]),
        ("stand next to the table", ["stand next to the table"]),
        ("look around every now and then", ["look around every now and then"]),
        ("walk 2.5 m forward", ["walk 2.5 m forward | 2.5 m forward"]),
        ("a person jumps before the wall", ["a person jumps before the wall"]),
        ("bow before the man and leave", ["bow before the man and leave"]),
        ("first position", ["first position"]),
        ("in turn, a person sits", ["in turn, a person sits"]),
        ("the arm is then lowered", ["the arm is then lowered"]),
        ("pause to then walk back", ["pause to then walk back"]),

        // Words of sequence.
        ("walk forward, then wave with the right hand", ["walk forward", "wave with the right hand"]),
        ("walk forward then wave", ["walk forward", "wave"]),
        ("walk forward and then wave", ["walk forward", "wave"]),
        ("walk forward, and then, wave", ["walk forward", "wave"]),
        ("walk forward. Then wave.", ["walk forward", "wave"]),
        ("walk forward, after that sit down", ["walk forward", "sit down"]),
        ("crouch down and afterwards jump", ["crouch down", "jump"]),
        ("Walk forward. Afterwards, wave!", ["Walk forward", "wave"]),
        ("walk forward. wave afterwards", ["walk forward", "wave"]),
        ("a squat followed by a jump", ["a squat", "a jump"]),
        ("First, walk forward. Next, turn left. Finally, bow.", ["walk forward", "turn left", "bow"]),
        (
            "walk forward then turn left then sit down then stand up",
            ["walk forward", "turn left", "sit down", "stand up"]
        ),

        // Marks and lists.
        ("walk forward; wave", ["walk forward", "wave"]),
        ("walk forward. turn around! bow?", ["walk forward", "turn around | ±180°", "bow"]),
        ("walk forward\nwave\n\nsit down", ["walk forward", "wave", "sit down"]),
        ("1. walk forward\n2. wave\n3. bow", ["walk forward", "wave", "bow"]),
        ("1) walk forward 2) wave 3) bow", ["walk forward", "wave", "bow"]),
        ("- walk forward\n- wave", ["walk forward", "wave"]),
        ("walk forward -> wave → bow", ["walk forward", "wave", "bow"]),
        ("walk forward .wave.bow", ["walk forward", "wave", "bow"]),
        ("walk .5 m forward", ["walk .5 m forward | 0.5 m forward"]),
        ("walk forward... wave", ["walk forward", "wave"]),
        ("turn 90 degrees. walk 1,000 steps.", ["turn 90 degrees | ±90°", "walk 1,000 steps"]),

        // A comma and a new verb.
        ("walk forward, turn left, sit down", ["walk forward", "turn left", "sit down"]),
        ("run forward, slowly turn around, and stop", ["run forward", "slowly turn around | ±180°", "stop"]),
        ("a person runs forward, pauses, then stops", ["a person runs forward", "a person pauses", "a person stops"]),
        ("a man kicks with his left leg,then punches", ["a man kicks with his left leg", "a man punches"]),

        // What later actions leave out.
        ("a person walks forward, then waves", ["a person walks forward", "a person waves"]),
        (
            "the old man sits down, then stands up, and bows",
            ["the old man sits down", "the old man stands up", "the old man bows"]
        ),
        ("Someone jumps. Then they turn around, wave.", ["Someone jumps", "they turn around | ±180°", "they wave"]),
        ("a person walks forward then he waves", ["a person walks forward", "he waves"]),
        ("a man kneels, he then gets up. the man then sits", ["a man kneels", "he gets up", "the man sits"]),
        ("a person turns to the left, and backs up", ["a person turns to the left", "a person backs up"]),
        (
            "a man touches his head with the left hand then the right",
            ["a man touches his head with the left hand", "a man touches his head with the right"]
        ),
        (
            "step out with right leg followed by the left leg",
            ["step out with right leg", "step out with the left leg"]
        ),
        ("hold it & then release", ["hold it", "release"]),
        ("walk forward. with the right hand wave", ["walk forward", "with the right hand wave"]),
        ("a person jogs, then to a stop", ["a person jogs", "a person jogs to a stop"]),
        ("a person is hopping, then walking", ["a person is hopping", "a person is walking"]),
        ("turn left, then right", ["turn left", "turn right"]),
        (
            "a person slowly walks forward and then backward",
            ["a person slowly walks forward", "a person slowly walks backward"]
        ),
        ("he hops on his left foot then on his right foot", ["he hops on his left foot", "he hops on his right foot"]),
        ("raise the left arm, then the right arm", ["raise the left arm", "raise the right arm"]),
        (
            "a person stands on their right foot and then their left",
            ["a person stands on their right foot", "a person stands on their left"]
        ),
        ("a person walks, then his arms swing widely", ["a person walks", "his arms swing widely"]),

        // Before and after.
        ("a person looks around before sitting down", ["a person looks around", "a person sits down"]),
        ("walk forward before waving", ["walk forward", "wave"]),
        ("walk before slowly turning and sitting down", ["walk", "slowly turn and sit down"]),
        ("crouch, and after waving, jump", ["crouch", "wave", "jump"]),
        ("wave after sitting down", ["sit down", "wave"]),
        ("a person waves after he sits down", ["he sits down", "a person waves"]),
        ("After walking forward, wave", ["walk forward", "wave"]),
        ("Before waving, walk forward, then bow", ["walk forward", "wave", "bow"]),

        // Stated durations.
        ("walk forward for five seconds", ["walk forward | 5"]),
        ("walk for 2.5 s forward", ["walk forward | 2.5"]),
        ("wave for 3s, then bow for half a second", ["wave | 3", "bow | 0.5"]),
        ("walk for about twenty-five seconds; stand for a minute", ["walk | 25", "stand | 60"]),
        ("for two and a half seconds, walk forward", ["walk forward | 2.5"]),
        ("walk for 3 seconds and turn left for 2 seconds", ["walk | 3", "turn left | 2"]),
        ("a person waves for 1 min while sitting", ["a person waves while sitting | 60"]),
        ("walk forward. For five seconds.", ["walk forward | 5"]),
        ("walk for 0 seconds", ["walk for 0 seconds"]),
        ("wave for about twenty five and a half seconds, then bow for 2min", ["wave | 25.5", "bow | 120"]),
        (
            "walk for \(String(repeating: "9", count: 400)) seconds",
            ["walk for \(String(repeating: "9", count: 400)) seconds"]
        ),
        ("walk for inf seconds", ["walk for inf seconds"]),
        ("walk for a while", ["walk for a while"]),
        ("for five seconds", ["for five seconds | 5"]),

        // Nothing to split.
        (";", [";"]),
        ("...", ["..."]),
        ("then", ["then"]),
        ("", []),
        (" \n\t", []),
    ]

    @Test("Any text gives actions that are not blank, and durations above zero")
    func anyText() {
        let words = """
            walk walks walking wave turn left right a person the man he they then and , ; . ... before after that for 2
            2.5s five seconds half a minute 1. 2) - -> while first next to finally now is slowly 0 é 🕺 followed by
            """.split(whereSeparator: \.isWhitespace)
        var generator = SplitMix64(seed: 7)
        for _ in 0..<5000 {
            let count = Int.random(in: 1...14, using: &generator)
            let text = (0..<count).map { _ in words.randomElement(using: &generator) ?? "" }.joined(separator: " ")
            let segments = SegmentSplitter.split(text)
            #expect(!segments.isEmpty, "\(text)")
            for segment in segments {
                #expect(segment.text.contains { !$0.isWhitespace }, "\(text)")
                #expect(segment.duration.map { $0 > 0 && $0.isFinite } ?? true, "\(text)")
            }
        }
    }

    @Test("Texts are split into their actions", arguments: cases)
    func split(text: String, actions: [String]) {
        let segments = SegmentSplitter.split(text).map(\.shown)
        #expect(segments == actions)
    }
}

extension Action {
    /// The action and what is stated of it: "walk forward | 5 | 2 m forward | +90° | 3 steps | ×2".
    var shown: String {
        var parts = [text]
        if let duration { parts.append(duration.formatted) }
        if let distance = goal?.distance, let direction = goal?.direction {
            parts.append("\(distance.formatted) m" + (direction == .any ? "" : " \(direction.rawValue)"))
        }
        if let goal, let turn = goal.turn {
            parts.append((goal.isEitherSide ? "±" : turn > 0 ? "+" : "") + (turn * 180 / .pi).formatted + "°")
        }
        if let steps = goal?.steps { parts.append("\(steps) steps") }
        if repeats > 1 { parts.append("×\(repeats)") }
        return parts.joined(separator: " | ")
    }
}

extension Double {
    /// To four places, without a needless ".0".
    fileprivate var formatted: String {
        let value = (self * 1e4).rounded() / 1e4
        return value == value.rounded() ? "\(Int(value))" : "\(value)"
    }
}
