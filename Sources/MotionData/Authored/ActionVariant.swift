import Geometry
import HumanBody

/// One clip's worth of an authored action: every range drawn, every repetition written out.
struct ActionVariant {
    /// A pose with all its numbers. What it does not name stays as it was.
    struct Key {
        var seconds: Double
        var hold: Double
        var passes: Bool
        var isRest: Bool
        /// Radians: forward, to the left, to the left.
        var trunk: Vector3?
        var head: Vector3?
        var pelvisMove: Vector3?
        var pelvisLean: Vector3?
        var hands: [Limb<Hand>]
        var feet: [Limb<Foot>]
    }

    /// Something of the left or the right side.
    struct Limb<Value> {
        var side: Side
        var value: Value
    }

    /// Where a wrist goes.
    enum Hand {
        case rest
        case hang
        case reach(at: Vector3, from: AuthoredAction.Landmark, elbow: Vector3?, palm: Vector3?)
    }

    /// Where a foot goes.
    struct Foot {
        var move: Vector3?
        var pitch: Double?
        var yaw: Double?
    }

    /// Seconds before the first key and after the last one.
    var lead: Double
    var tail: Double
    var keys: [Key] = []
    /// Repetitions of the first group that is repeated.
    var count: Int?
    private let action: AuthoredAction
    private let size: Double
    private let speed: Double
    private var draws: [String: Double] = [:]

    /// How far the rounds of a repetition differ, as a share of what a range allows.
    private static let unevenness = 0.15

    init(of action: AuthoredAction, using random: inout some RandomNumberGenerator) {
        self.action = action
        func draw(_ spread: AuthoredAction.Spread?, _ otherwise: ClosedRange<Double>) -> Double {
            let range = spread.map { $0.low...$0.high } ?? otherwise
            return Double.random(in: range, using: &random)
        }
        size = draw(action.size, 0.9...1.1)
        speed = draw(action.speed, 0.85...1.2)
        lead = draw(action.lead, 0.1...0.6)
        tail = draw(action.tail, 0.1...0.6)
        // Where the person has come to, by the repetitions that move on.
        var place = Vector3.zero
        for (number, step) in action.script.enumerated() {
            guard let inner = step.keys, let times = step.repeat else {
                keys.append(Self.moved(key(step, "\(number)", using: &random), by: place))
                continue
            }
            let rounds = max(Int(draw(times, 1...1).rounded()), 1)
            if count == nil { count = rounds }
            for round in 0..<rounds {
                for (index, inside) in inner.enumerated() {
                    var next = key(inside, "\(number).\(index)", using: &random)
                    if step.alternate == true, round % 2 == 1 { next = Self.mirrored(next) }
                    keys.append(Self.moved(next, by: place))
                }
                place += vector(step.advance, "\(number).advance", using: &random) * size
            }
        }
    }

    /// The captions that may be given to this clip: those with numbers where it repeats something.
    func captions() -> [String] {
        (action.captions ?? []).compactMap { caption in
            guard caption.contains("{") else { return caption }
            guard let count, count <= Self.numbers.count else { return nil }
            return caption.replacing("{times}", with: Self.times(count)).replacing("{n}", with: Self.numbers[count - 1])
        }
    }

    private static let numbers = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]

    private static func times(_ count: Int) -> String {
        count == 1 ? "once" : count == 2 ? "twice" : numbers[count - 1] + " times"
    }

    private mutating func key(
        _ step: AuthoredAction.Step, _ path: String, using random: inout some RandomNumberGenerator
    ) -> Key {
        func number(_ spread: AuthoredAction.Spread?, _ name: String) -> Double {
            value(spread, path + name, using: &random)
        }
        let degree = Double.pi / 180
        func lean(
            _ pitch: AuthoredAction.Spread?, _ yaw: AuthoredAction.Spread?, _ roll: AuthoredAction.Spread?,
            _ name: String
        )
            -> Vector3
        {
            Vector3(number(pitch, name + "p"), number(yaw, name + "y"), number(roll, name + "r")) * (degree * size)
        }
        var key = Key(
            seconds: number(step.in, "in") / speed, hold: number(step.hold, "hold") / speed,
            passes: step.through ?? false, isRest: step.rest ?? false, hands: [], feet: [])
        key.trunk = step.trunk.map { lean($0.pitch, $0.yaw, $0.roll, "trunk") }
        key.head = step.head.map { lean($0.pitch, $0.yaw, $0.roll, "head") }
        if let pelvis = step.pelvis {
            key.pelvisMove = vector(pelvis.move, path + "pelvis", using: &random) * size
            key.pelvisLean = lean(pelvis.pitch, pelvis.yaw, pelvis.roll, "pelvis")
        }
        if let hands = step.hands {
            let left = Limb(side: .left, value: target(hands, path + "hs", using: &random))
            key.hands = [left, Self.mirrored(left)]
        }
        for (side, hand) in [(Side.left, step.leftHand), (.right, step.rightHand)] {
            guard let hand else { continue }
            key.hands.append(Limb(side: side, value: target(hand, path + side.name + "hand", using: &random)))
        }
        for (side, foot) in [(Side.left, step.leftFoot), (.right, step.rightFoot)] {
            guard let foot else { continue }
            let name = path + side.name + "foot"
            key.feet.append(
                Limb(
                    side: side,
                    value: Foot(
                        move: foot.move.map { vector($0, name, using: &random) * size },
                        pitch: foot.pitch.map { value($0, name + "p", using: &random) * degree },
                        yaw: foot.yaw.map { value($0, name + "y", using: &random) * degree })))
        }
        return key
    }

    private mutating func target(
        _ hand: AuthoredAction.Hand, _ path: String, using random: inout some RandomNumberGenerator
    ) -> Hand {
        func direction(_ numbers: [Double]?) -> Vector3? { numbers.map { Vector3($0[0], $0[1], $0[2]) } }
        return switch hand.state {
        case .rest: .rest
        case .hang: .hang
        case nil:
            .reach(
                at: vector(hand.at, path, using: &random), from: hand.from ?? .chest, elbow: direction(hand.elbow),
                palm: direction(hand.palm))
        }
    }

    private static func mirrored(_ hand: Limb<Hand>) -> Limb<Hand> {
        func across(_ v: Vector3) -> Vector3 { Vector3(-v.x, v.y, v.z) }
        guard case .reach(let at, let from, let elbow, let palm) = hand.value else {
            return Limb(side: hand.side.other, value: hand.value)
        }
        return Limb(
            side: hand.side.other,
            value: .reach(at: across(at), from: from, elbow: elbow.map(across), palm: palm.map(across)))
    }

    /// Where in its range a number lies is drawn once for a clip; each use differs a little from it.
    private mutating func value(
        _ spread: AuthoredAction.Spread?, _ path: String, using random: inout some RandomNumberGenerator
    ) -> Double {
        guard let spread, spread.low < spread.high else { return spread?.low ?? 0 }
        let share = draws[path] ?? Double.random(in: 0...1, using: &random)
        draws[path] = share
        let uneven = share + Double.random(in: -Self.unevenness...Self.unevenness, using: &random)
        return spread.low + (spread.high - spread.low) * min(max(uneven, 0), 1)
    }

    private mutating func vector(
        _ spreads: [AuthoredAction.Spread]?, _ path: String, using random: inout some RandomNumberGenerator
    ) -> Vector3 {
        guard let spreads else { return .zero }
        return Vector3(
            value(spreads[0], path + "0", using: &random), value(spreads[1], path + "1", using: &random),
            value(spreads[2], path + "2", using: &random))
    }

    private static func mirrored(_ key: Key) -> Key {
        func place(_ v: Vector3) -> Vector3 { Vector3(-v.x, v.y, v.z) }
        func lean(_ v: Vector3) -> Vector3 { Vector3(v.x, -v.y, -v.z) }
        var other = key
        other.trunk = key.trunk.map(lean)
        other.head = key.head.map(lean)
        other.pelvisMove = key.pelvisMove.map(place)
        other.pelvisLean = key.pelvisLean.map(lean)
        other.hands = key.hands.map { mirrored($0) }
        other.feet = key.feet.map { foot in
            Limb(
                side: foot.side.other,
                value: Foot(
                    move: foot.value.move.map(place), pitch: foot.value.pitch, yaw: foot.value.yaw.map { -$0 }))
        }
        return other
    }

    /// The key with the place of standing moved on.
    private static func moved(_ key: Key, by shift: Vector3) -> Key {
        guard shift != .zero else { return key }
        var other = key
        other.pelvisMove = key.pelvisMove.map { $0 + shift }
        other.feet = key.feet.map { foot in
            var foot = foot
            foot.value.move = foot.value.move.map { $0 + shift }
            return foot
        }
        other.hands = key.hands.map { hand in
            guard case .reach(let at, .floor, let elbow, let palm) = hand.value else { return hand }
            return Limb(
                side: hand.side, value: .reach(at: at + shift, from: .floor, elbow: elbow, palm: palm))
        }
        return other
    }
}
