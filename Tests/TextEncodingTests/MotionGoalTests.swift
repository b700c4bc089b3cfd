import Geometry
import Testing
import TextEncoding

/// What texts say in numbers: distances, angles, steps, times, durations.
@Suite("Numbers in texts")
struct MotionGoalTests {
    static let distances: [(text: String, actions: [String])] = [
        ("walk forward two metres", ["walk forward two metres | 2 m forward"]),
        ("walk two meters forward", ["walk two meters forward | 2 m forward"]),
        ("Walk 2m.", ["Walk 2m | 2 m"]),
        ("walk 1.5 m backwards", ["walk 1.5 m backwards | 1.5 m backward"]),
        ("a person runs ten metres ahead", ["a person runs ten metres ahead | 10 m forward"]),
        ("walk half a metre", ["walk half a metre | 0.5 m"]),
        ("walk a metre and a half forward", ["walk a metre and a half forward | 1.5 m forward"]),
        ("walk two and a half meters", ["walk two and a half meters | 2.5 m"]),
        ("step 50 cm to the left", ["step 50 cm to the left | 0.5 m left"]),
        ("move sideways 80 centimetres to the right", ["move sideways 80 centimetres to the right | 0.8 m right"]),
        ("go forward three feet", ["go forward three feet | 0.9144 m forward"]),
        ("walk 6 ft", ["walk 6 ft | 1.8288 m"]),
        ("hop one foot forward", ["hop one foot forward | 0.3048 m forward"]),
        ("walk twenty-five metres", ["walk twenty-five metres | 25 m"]),
        ("walk about three metres", ["walk about three metres | 3 m"]),
        ("walk in a circle for 4 m", ["walk in a circle for 4 m | 4 m path"]),
        ("walk back and forth six metres", ["walk back and forth six metres | 6 m path"]),
        ("do a two-metre walk, then walk a 3-metre path", ["do a two-metre walk | 2 m", "walk a 3-metre path | 3 m"]),
        (
            "walk two metres and turn left 90 degrees",
            ["walk two metres | 2 m", "turn left 90 degrees | +90°"]
        ),
        (
            "a person walks 3 m forward, then turns right by 45° and walks 2 m",
            [
                "a person walks 3 m forward | 3 m forward", "a person turns right by 45° | -45°",
                "a person walks 2 m | 2 m",
            ]
        ),
        ("walk forward two metres in four seconds", ["walk forward two metres | 4 | 2 m forward"]),
        // No distance to go.
        ("raise the right arm 30 cm", ["raise the right arm 30 cm"]),
        ("jump 50 cm high", ["jump 50 cm high"]),
        ("jump with two feet", ["jump with two feet"]),
        ("hop on one foot", ["hop on one foot"]),
        ("walk with one foot in front of the other", ["walk with one foot in front of the other"]),
        ("walk in a circle of two metres", ["walk in a circle of two metres"]),
        ("walk at two metres per second", ["walk at two metres per second"]),
        ("walk 2000 km", ["walk 2000 km"]),
        ("walk zero metres", ["walk zero metres"]),
        ("stand with the feet 40 cm apart", ["stand with the feet 40 cm apart"]),
    ]

    static let turns: [(text: String, actions: [String])] = [
        ("turn left 90 degrees", ["turn left 90 degrees | +90°"]),
        ("turn ninety degrees to the right", ["turn ninety degrees to the right | -90°"]),
        ("turn 45° left", ["turn 45° left | +45°"]),
        ("rotate clockwise by 120 degrees", ["rotate clockwise by 120 degrees | -120°"]),
        (
            "spin a hundred and eighty degrees counterclockwise",
            ["spin a hundred and eighty degrees counterclockwise | +180°"]
        ),
        ("turn three hundred sixty degrees", ["turn three hundred sixty degrees | ±360°"]),
        ("turn -90 degrees", ["turn -90 degrees | -90°"]),
        ("turn left 1.5 rad", ["turn left 1.5 rad | +85.9437°"]),
        ("turn 90deg right", ["turn 90deg right | -90°"]),
        ("make a 90-degree turn to the left", ["make a 90-degree turn to the left | +90°"]),
        ("make half a turn to the left", ["make half a turn to the left | +180°"]),
        ("turn a quarter turn right", ["turn a quarter turn right | -90°"]),
        ("do two full turns", ["do two full turns | ±720°"]),
        ("make three quarters of a turn", ["make three quarters of a turn | ±270°"]),
        ("do a 180", ["do a 180 | ±180°"]),
        ("do a 360 to the right", ["do a 360 to the right | -360°"]),
        ("turn around", ["turn around | ±180°"]),
        ("a person slowly turns around to the left", ["a person slowly turns around to the left | +180°"]),
        ("pivot on the left foot 90 degrees to the right", ["pivot on the left foot 90 degrees to the right | -90°"]),
        ("jump and turn 180 degrees", ["jump and turn 180 degrees | ±180°"]),
        ("walk forward while turning left 30 degrees", ["walk forward while turning left 30 degrees | +30°"]),
        // No turn of the body.
        ("turn left", ["turn left"]),
        ("turn the head 90 degrees", ["turn the head 90 degrees"]),
        ("rotate the left wrist by 45 degrees", ["rotate the left wrist by 45 degrees"]),
        ("bend forward 90 degrees", ["bend forward 90 degrees"]),
        ("raise both arms 90 degrees", ["raise both arms 90 degrees"]),
        ("make a turn to the left", ["make a turn to the left"]),
        ("turn 99999 degrees", ["turn 99999 degrees"]),
        ("turn around the table and sit down", ["turn around the table and sit down"]),
    ]

    static let counts: [(text: String, actions: [String])] = [
        ("take three steps forward", ["take three steps forward | 3 steps"]),
        ("a person takes a step back", ["a person takes a step back | 1 steps"]),
        ("walk five paces", ["walk five paces | 5 steps"]),
        ("walk forward ten steps and then wave", ["walk forward ten steps | 10 steps", "wave"]),
        ("take two steps to the left and bow", ["take two steps to the left | 2 steps", "bow"]),
        ("jump three times", ["jump | ×3"]),
        ("wave twice, then bow", ["wave | ×2", "bow"]),
        ("clap twice and jump", ["clap | ×2", "jump"]),
        ("squat 5x", ["squat | ×5"]),
        ("squat x4", ["squat | ×4"]),
        ("wave with the left hand two more times", ["wave with the left hand | ×2"]),
        ("jump three times in a row", ["jump | ×3"]),
        ("jump and wave, three times", ["jump and wave | ×3"]),
        ("twice, raise both arms", ["raise both arms | ×2"]),
        ("jump three times for two seconds each", ["jump | 2 | ×3"]),
        ("turn left 90 degrees twice", ["turn left 90 degrees | +90° | ×2"]),
        ("walk forward a couple of steps", ["walk forward a couple of steps | 2 steps"]),
        ("wave in two seconds, then bow within 1.5 s", ["wave | 2", "bow | 1.5"]),
        // Nothing to count.
        ("jump many times", ["jump many times"]),
        ("wave and nod at the same time", ["wave and nod at the same time"]),
        ("jump 2.5 times", ["jump 2.5 times"]),
        ("jump a time", ["jump a time"]),
    ]

    static let plans: [(text: String, actions: [String])] = [
        (
            "1. walk forward 3 m\n2. turn left 90 degrees\n3. wave twice for two seconds",
            ["walk forward 3 m | 3 m forward", "turn left 90 degrees | +90°", "wave | 2 | ×2"]
        ),
        (
            "Walk two metres, after that turn around, and then walk back two metres.",
            ["Walk two metres | 2 m", "turn around | ±180°", "walk back two metres | 2 m"]
        ),
        (
            "a person walks forward 2 metres while waving, then sits down for five seconds",
            ["a person walks forward 2 metres while waving | 2 m forward", "a person sits down | 5"]
        ),
        (
            "turn left 90 degrees, then right",
            ["turn left 90 degrees | +90°", "turn right"]
        ),
    ]

    @Test("Texts give their numbers", arguments: distances + turns + counts + plans)
    func numbers(text: String, actions: [String]) {
        #expect(SegmentSplitter.split(text).map(\.shown) == actions)
    }

    @Test("A stated quantity comes back whatever its unit, number and place in the sentence")
    func roundTrip() {
        var random = SplitMix64(seed: 11)
        let metres = [("m", 1.0), (" metres", 1), (" cm", 0.01), (" feet", 0.3048), (" yards", 0.9144)]
        for _ in 0..<500 {
            let (unit, size) = metres.randomElement(using: &random) ?? ("m", 1)
            let number = Double(Int.random(in: 30...900, using: &random)) / 10
            let degrees = Int.random(in: 1...720, using: &random)
            let isLeft = Bool.random(using: &random)
            let times = Int.random(in: 2...9, using: &random)
            let side = isLeft ? "left" : "right"
            let text = "walk \(number)\(unit) forward, then turn \(side) \(degrees) degrees, jump \(times) times"
            let segments = SegmentSplitter.split(text)
            #expect(segments.count == 3, "\(text)")
            guard segments.count == 3 else { return }
            let distance = number * size
            let isGoal = distance <= MotionGoal.longestDistance
            #expect(isGoal == (segments[0].goal?.distance != nil), "\(text)")
            #expect(abs((segments[0].goal?.distance ?? distance) - distance) < 1e-9, "\(text)")
            #expect(
                abs((segments[1].goal?.turn ?? 0) - (isLeft ? 1 : -1) * Double(degrees) * .pi / 180) < 1e-9, "\(text)")
            #expect(segments[2].repeats == times && segments[2].text == "jump", "\(text)")
        }
    }

    @Test("Whatever is said, goals and times stay within their bounds")
    func bounds() {
        let words = """
            walk turn jump take do spin run left right forward back 2 -90 90° 2m two half a quarter full turn turns metres feet
            foot degrees rad steps times twice x3 with on per and then , . for seconds hundred ninety 1e9 nan 99999 the head of
            """.split(whereSeparator: \.isWhitespace)
        var random = SplitMix64(seed: 3)
        for _ in 0..<20_000 {
            let count = Int.random(in: 1...12, using: &random)
            let text = (0..<count).map { _ in words.randomElement(using: &random) ?? "" }.joined(separator: " ")
            for segment in SegmentSplitter.split(text) {
                #expect((1...1000).contains(segment.repeats), "\(text)")
                guard let goal = segment.goal else { continue }
                #expect(goal.distance.map { $0 > 0 && $0 <= MotionGoal.longestDistance } ?? true, "\(text)")
                #expect(goal.turn.map { $0 != 0 && abs($0) <= MotionGoal.largestTurn } ?? true, "\(text)")
                #expect(goal.steps.map { $0 > 0 && $0 <= MotionGoal.mostSteps } ?? true, "\(text)")
                #expect(!goal.isEitherSide || goal.turn ?? 0 > 0, "\(text)")
            }
        }
    }
}
