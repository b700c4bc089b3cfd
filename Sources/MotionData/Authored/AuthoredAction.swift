public import Foundation
import Geometry

/// An action written down by hand because nobody recorded it: key poses with times, from which clips are made that differ in size,
/// speed, counts and details (`ActionSynthesizer`). `Documentation/authoring.md` describes the file.
public struct AuthoredAction: Codable, Hashable, Sendable {
    /// A number, or a range from which each clip draws one.
    public struct Spread: Codable, Hashable, Sendable {
        var low: Double
        var high: Double

        init(_ low: Double, _ high: Double? = nil) { (self.low, self.high) = (low, high ?? low) }

        /// Reads `0.5` or `[0.4, 0.6]`.
        public init(from decoder: any Decoder) throws {
            if let value = try? decoder.singleValueContainer().decode(Double.self) {
                self.init(value)
                return
            }
            let ends = try decoder.singleValueContainer().decode([Double].self)
            guard ends.count == 2, ends[0] <= ends[1] else {
                throw DecodingError.dataCorrupted(
                    .init(codingPath: decoder.codingPath, debugDescription: "\(ends) is no range [least, most]"))
            }
            self.init(ends[0], ends[1])
        }

        /// Writes what `init(from:)` reads.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            if low == high { try container.encode(low) } else { try container.encode([low, high]) }
        }
    }

    /// Degrees: `pitch` forward, `yaw` to the left, `roll` to the left.
    public struct Lean: Codable, Hashable, Sendable {
        var pitch: Spread?
        var yaw: Spread?
        var roll: Spread?
    }

    /// Where the pelvis is: metres from where it stands (left, up, ahead) and degrees.
    public struct Pelvis: Codable, Hashable, Sendable {
        var move: [Spread]?
        var pitch: Spread?
        var yaw: Spread?
        var roll: Spread?
    }

    /// Where a foot is: metres from where it stands (left, up, ahead); `pitch` lifts the heel (or, below zero, the toes) by
    /// degrees, `yaw` turns it to the left.
    public struct Foot: Codable, Hashable, Sendable {
        var move: [Spread]?
        var pitch: Spread?
        var yaw: Spread?
    }

    /// What a hand's place is measured from; the axes are left, up, ahead.
    public enum Landmark: String, Codable, Hashable, Sendable {
        /// The middle between the shoulders, with the chest's axes.
        case chest
        /// The head joint, with the head's axes: the mouth is about [0, 0.03, 0.11], the brow [0, 0.12, 0.09].
        case head
        /// The hand's own shoulder, with the chest's axes.
        case shoulder
        /// The hip joint of the hand's side, with the pelvis' axes.
        case hip
        /// The place between the feet, level; a hand stays there while the body moves.
        case floor
    }

    /// Where a wrist is.
    public struct Hand: Codable, Hashable, Sendable {
        /// `rest` hangs as recorded, `hang` hangs down however the trunk leans; else a place is given.
        enum State: String, Codable, Hashable, Sendable { case rest, hang }
        var state: State?
        var at: [Spread]?
        var from: Landmark?
        /// Direction in which the elbow points, in the chest's axes.
        var elbow: [Double]?
        /// Direction that the palm faces, in the chest's axes.
        var palm: [Double]?

        private enum CodingKeys: String, CodingKey { case at, from, elbow, palm }

        /// Reads `"rest"`, `"hang"` or an object with `at`.
        public init(from decoder: any Decoder) throws {
            if let state = try? decoder.singleValueContainer().decode(State.self) {
                self.state = state
                return
            }
            let container = try decoder.container(keyedBy: CodingKeys.self)
            at = try container.decode([Spread].self, forKey: .at)
            from = try container.decodeIfPresent(Landmark.self, forKey: .from)
            elbow = try container.decodeIfPresent([Double].self, forKey: .elbow)
            palm = try container.decodeIfPresent([Double].self, forKey: .palm)
        }

        /// Writes what `init(from:)` reads.
        public func encode(to encoder: any Encoder) throws {
            if let state {
                var container = encoder.singleValueContainer()
                try container.encode(state)
                return
            }
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encodeIfPresent(at, forKey: .at)
            try container.encodeIfPresent(from, forKey: .from)
            try container.encodeIfPresent(elbow, forKey: .elbow)
            try container.encodeIfPresent(palm, forKey: .palm)
        }
    }

    /// A pose to be reached, or a group of them to be repeated. What a pose does not name stays as it was.
    public struct Step: Codable, Hashable, Sendable {
        /// Seconds from the pose before to this one.
        var `in`: Spread?
        /// Seconds that the pose is held.
        var hold: Spread?
        /// Whether the body moves on through the pose instead of coming to rest in it.
        var through: Bool?
        /// Everything as it stood at first.
        var rest: Bool?
        var trunk: Lean?
        var head: Lean?
        var pelvis: Pelvis?
        /// The left hand; the right one is its mirror image.
        var hands: Hand?
        var leftHand: Hand?
        var rightHand: Hand?
        var leftFoot: Foot?
        var rightFoot: Foot?

        /// How often `keys` are repeated.
        var `repeat`: Spread?
        var keys: [Step]?
        /// Whether every second round is the mirror image.
        var alternate: Bool?
        /// Metres that the place of standing moves with each round.
        var advance: [Spread]?

        private enum CodingKeys: String, CodingKey {
            case `in`, hold, through, rest, trunk, head, pelvis, hands, `repeat`, keys, alternate, advance
            case leftHand = "left_hand"
            case rightHand = "right_hand"
            case leftFoot = "left_foot"
            case rightFoot = "right_foot"
        }
    }

    /// What recorded motion lies underneath: people who stand, or who walk ahead.
    public enum Base: String, Codable, Hashable, Sendable { case stand, walk }

    /// Sentences that every clip is given: what the lexicon calls the action.
    public var names: [String]?
    /// Sentences of which each clip is given some; `{times}` stands for "once", "twice", "three times", …, `{n}` for "one", "two", …
    public var captions: [String]?
    /// The recorded motion underneath.
    public var base: Base?
    /// Number of clips to make, before they are mirrored.
    public var clips: Int?
    /// How much farther leans and moves go than they are written.
    var size: Spread?
    /// How much quicker everything is than written.
    var speed: Spread?
    /// Seconds of standing before the first pose and after the last one.
    var lead: Spread?
    var tail: Spread?
    var script: [Step]

    /// Reads a file.
    ///
    /// - Throws: `AuthoringError` naming the file and what is wrong with it.
    public init(contentsOf file: URL) throws(AuthoringError) {
        guard let data = try? Data(contentsOf: file) else {
            throw AuthoringError(file: file.path, why: "cannot be read")
        }
        do {
            self = try JSONDecoder().decode(AuthoredAction.self, from: data)
        } catch {
            throw AuthoringError(file: file.path, why: MotionCollection.describe(error))
        }
        if let why = fault { throw AuthoringError(file: file.path, why: why) }
    }

    /// All actions of a folder, by name of their file, in alphabetical order.
    public static func all(in folder: URL) throws(AuthoringError) -> [(name: String, action: AuthoredAction)] {
        guard let files = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        else { throw AuthoringError(file: folder.path, why: "cannot be read") }
        var actions: [(name: String, action: AuthoredAction)] = []
        for file in files.sorted(by: { $0.path < $1.path }) where file.pathExtension == "json" {
            actions.append((file.deletingPathExtension().lastPathComponent, try AuthoredAction(contentsOf: file)))
        }
        return actions
    }

    /// What is wrong with an action; nil for nothing.
    private var fault: String? {
        func triple(_ count: Int?, _ name: String) -> String? {
            guard let count, count != 3 else { return nil }
            return "'\(name)' has \(count) numbers; expected left, up, ahead"
        }
        func fault(_ step: Step, inside: Bool) -> String? {
            if let keys = step.keys {
                if inside { return "a 'repeat' inside of a 'repeat'" }
                if step.repeat == nil { return "'keys' without 'repeat'" }
                return triple(step.advance?.count, "advance") ?? keys.lazy.compactMap { fault($0, inside: true) }.first
            }
            guard let seconds = step.in else { return "a pose without 'in', the seconds in which it is reached" }
            if seconds.low < 0 { return "'in' is below zero" }
            for move in [step.pelvis?.move, step.leftFoot?.move, step.rightFoot?.move] {
                if let fault = triple(move?.count, "move") { return fault }
            }
            for hand in [step.hands, step.leftHand, step.rightHand] {
                let counts = [("at", hand?.at?.count), ("elbow", hand?.elbow?.count), ("palm", hand?.palm?.count)]
                for (name, count) in counts {
                    if let fault = triple(count, name) { return fault }
                }
            }
            return nil
        }
        if (names ?? []).isEmpty, (captions ?? []).isEmpty { return "neither 'names' nor 'captions'" }
        if script.isEmpty { return "no poses in 'script'" }
        return script.lazy.compactMap { fault($0, inside: false) }.first
    }
}

/// Why an authored action cannot be used.
public struct AuthoringError: Error, Hashable, Sendable, CustomStringConvertible {
    var file: String
    var why: String
    /// The file and what is wrong with it.
    public var description: String { "'\(file)': \(why)" }
}
