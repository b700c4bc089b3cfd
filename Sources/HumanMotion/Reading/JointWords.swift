import HumanBody

/// Joint names split into side and part, in the vocabularies in use.
struct JointWords {
    private struct Name {
        var side: Side?
        var word: String
    }

    private let names: [Name]

    init(_ names: [String]) {
        var tokens = names.map(Self.tokens)
        // Words that all names begin with say whose joints they are.
        while let first = tokens.first?.first, tokens.allSatisfy({ $0.count > 1 && $0[0] == first }) {
            tokens = tokens.map { Array($0.dropFirst()) }
        }
        self.names = tokens.map(Self.name)
    }

    /// Joints of this word, in the order of the file.
    func joints(_ word: String, side: Side? = nil) -> [Int] {
        names.indices.filter { names[$0].side == side && names[$0].word == word }
    }

    /// Hip, knee, ankle and toe joint of one side, those that are named.
    func leg(_ side: Side, _ tree: SkeletonTree) -> [(HumanJoint, Int)] {
        func first(_ words: [String]) -> Int? { words.lazy.compactMap { joints($0, side: side).first }.first }
        let knee = first(LimbVocabulary.knee)
        let hip = first(LimbVocabulary.hip)
        let ankle = first(LimbVocabulary.ankle)
        var leg = chain([(side.hip, hip == knee ? nil : hip), (side.knee, knee), (side.ankle, ankle)], tree)
        if let (_, ankle) = leg.first(where: { $0.0 == side.ankle }),
            let toe = LimbVocabulary.toe.lazy.flatMap({ joints($0, side: side) }).first(where: {
                $0 != ankle && tree.isAncestor(ankle, of: $0)
            })
        {
            leg.append((side.toe, toe))
        }
        return leg
    }

    /// Collar, shoulder, elbow and wrist in the same way.
    func arm(_ side: Side, _ tree: SkeletonTree) -> [(HumanJoint, Int)] {
        func first(_ words: [String]) -> Int? { words.lazy.compactMap { joints($0, side: side).first }.first }
        let shoulder = first(LimbVocabulary.shoulder)
        let elbow = first(LimbVocabulary.elbow)
        var arm = chain(
            [(side.shoulder, shoulder), (side.elbow, elbow), (side.wrist, first(LimbVocabulary.wrist))], tree)
        if let (_, shoulder) = arm.first(where: { $0.0 == side.shoulder }),
            let collar = LimbVocabulary.collar.lazy.flatMap({ joints($0, side: side) }).first(where: {
                $0 != shoulder && tree.isAncestor($0, of: shoulder)
            })
        {
            arm.append((side.collar, collar))
        }
        return arm
    }

    /// The parts of a limb that there are, when each hangs on the one before; else none.
    private func chain(_ parts: [(HumanJoint, Int?)], _ tree: SkeletonTree) -> [(HumanJoint, Int)] {
        let known = parts.compactMap { part, joint in joint.map { (part, $0) } }
        let hangs = zip(known, known.dropFirst()).allSatisfy { $0.1 != $1.1 && tree.isAncestor($0.1, of: $1.1) }
        return hangs ? known : []
    }

    /// `mixamorig:LeftUpLeg`, `Bip01 L Thigh`, `thigh_l`, `lThigh`, `LUArm` and `left_hip` into words.
    private static func tokens(_ name: String) -> [String] {
        let own = name.split(separator: ":").last.map(String.init) ?? name
        var tokens: [String] = []
        var previous: Character = " "
        for character in own {
            defer { previous = character }
            guard character.isLetter else { continue }
            if character.isLowercase, previous.isUppercase, (tokens.last?.count ?? 0) > 1, var run = tokens.popLast() {
                // The last capital of a run begins the next word: L Thigh, L U Arm.
                let capital = run.removeLast()
                tokens += run.map { String($0) } + [String([capital, character])]
            } else if !previous.isLetter || character.isUppercase && previous.isLowercase {
                tokens.append(String(character))
            } else {
                tokens[tokens.count - 1].append(character)
            }
        }
        return tokens.map { $0.lowercased() }
    }

    private static func name(_ tokens: [String]) -> Name {
        var side: Side?
        var words: [String] = []
        for token in tokens {
            switch token {
            case "left", "l", "左": side = .left
            case "right", "r", "右": side = .right
            case _ where LimbVocabulary.fillers.contains(token): continue
            case _ where token.hasPrefix("left"): (side, words) = (.left, words + [String(token.dropFirst(4))])
            case _ where token.hasPrefix("right"): (side, words) = (.right, words + [String(token.dropFirst(5))])
            case _ where token.hasPrefix("左"): (side, words) = (.left, words + [String(token.dropFirst())])
            case _ where token.hasPrefix("右"): (side, words) = (.right, words + [String(token.dropFirst())])
            default: words.append(token)
            }
        }
        return Name(side: side, word: words.joined())
    }
}
