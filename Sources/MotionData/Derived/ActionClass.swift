import Foundation

/// What a caption is about, by its words: rare actions are drawn more often than their share of the clips.
package enum ActionClass: String, CaseIterable {
    case still, backward, sideways, around, sit, bow, bend, punch, kick, `throw`, squat, hop, jump, dance, wave, raise
    case lie, reach, sneak, turn, run, walk, other

    /// Word beginnings that tell of the class.
    private var stems: [String] {
        switch self {
        case .still: ["still", "in place"]
        case .backward: ["backward", "walks back", "walk back", "steps back", "walking back"]
        case .sideways: ["sidestep", "side step", "sideway", "to the side", "steps to the", "side to side"]
        case .around: ["turn around", "turns around", "turned around", "turning around", "about face", "180"]
        case .sit: ["sit ", "sits", "sitting", "seat"]
        case .bow: ["bow"]
        case .bend: ["bend", "leans", "leaning"]
        case .punch: ["punch", "box", "strike"]
        case .kick: ["kick"]
        case .throw: ["throw", "toss"]
        case .squat: ["squat", "crouch", "duck"]
        case .hop: ["hop"]
        case .jump: ["jump", "leap"]
        case .dance: ["danc", "ballet", "pirouette"]
        case .wave: ["wav"]
        case .raise: ["rais", "lift"]
        case .lie: ["lies", "lie ", "lying"]
        case .reach: ["reach", "grab", "pick", "puts"]
        case .sneak: ["sneak"]
        case .turn: ["turn", "spin", "rotat", "veer"]
        case .run: ["run", "jog", "sprint"]
        case .walk: ["walk", "stride", "strid"]
        case .other: []
        }
    }

    /// How much more than its rarity asks for the class is drawn: quick, rare motions that a model of few steps blurs.
    private var emphasis: Double {
        switch self {
        case .throw, .punch, .around: 5
        case .sideways, .kick: 3
        case .bend: 2
        case .still: 1.5
        default: 1
        }
    }

    /// All classes that a caption's words name; `other` alone when there is none.
    static func of(_ caption: String) -> [ActionClass] {
        let text = " " + caption.lowercased() + " "
        let found = allCases.filter { $0.stems.contains { text.contains(" " + $0) } }
        return found.isEmpty ? [.other] : found
    }

    /// Weights of captions: the rarer its rarest action and its sentence, the more, by the root of the counts.
    package static func weights(of captions: [String]) -> [Double] {
        let classes = captions.map(of)
        var classCounts: [ActionClass: Double] = [:]
        for found in classes { for name in found { classCounts[name, default: 0] += 1 } }
        let plain = captions.map(CaptionVariants.withoutManner)
        let textCounts = Dictionary(plain.map { ($0, 1.0) }, uniquingKeysWith: +)
        return zip(classes, plain).map { classes, text in
            let rarest = classes.compactMap { classCounts[$0] }.min() ?? 1
            let emphasis = classes.map(\.emphasis).max() ?? 1
            return emphasis / (rarest * (textCounts[text] ?? 1)).squareRoot()
        }
    }

    /// Shares of the data sets in what is drawn, before they are scaled to a sum of one: crowd captions weigh more than the
    /// many clips of few sentences, and a handful of clips little.
    private static let shares = [
        "cmu": 0.5, "hdm05": 0.15, "bandai-nc": 0.35, "smartbody": 0.25, "asap": 0.06, "mesh2motion": 0.04,
        "vhtoolkit-nc": 0.06, "animateddrawings": 0.01, "authored": 0.3,
    ]

    /// The same, scaled to the share of the data set that each caption comes from.
    package static func weights(of captions: [String], sets: [String]) -> [Double] {
        let weights = weights(of: captions)
        let sums = Dictionary(zip(sets, weights), uniquingKeysWith: +)
        return zip(sets, weights).map { set, weight in (shares[set] ?? 0.3) * weight / (sums[set] ?? 1) }
    }
}
