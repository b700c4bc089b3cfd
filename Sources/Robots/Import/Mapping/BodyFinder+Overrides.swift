import HumanBody

extension BodyFinder {
    mutating func apply(_ overrides: [BodyRole: Int]) {
        func path(to end: Int, from base: Int) -> [Int] {
            var chain: [Int] = []
            var link: Int? = end
            while let current = link, current != base {
                if robot.moves(current) { chain.insert(current, at: 0) }
                link = robot.links[current].parent
            }
            return chain
        }
        if let given = overrides[.pelvis] { pelvis = given }
        if let given = overrides[.torso] { torso = given }
        func rebuild(_ limbs: [Limb], base: Int, isLeg: Bool, _ middles: [BodyRole], _ ends: [BodyRole]) -> [Limb] {
            guard (middles + ends).contains(where: { overrides[$0] != nil }) || limbs.count == 2 else { return limbs }
            let rebuilt = (0..<2).compactMap { side -> Limb? in
                let old = limbs.count == 2 ? limbs[side] : nil
                guard let end = overrides[ends[side]] ?? old?.endBody else { return nil }
                let start = old?.chain.first.flatMap { robot.links[$0].parent } ?? base
                let chain = overrides[ends[side]] == nil ? old?.chain ?? [] : path(to: end, from: start)
                let middle = overrides[middles[side]].flatMap { chain.firstIndex(of: $0) }
                guard overrides[ends[side]] != nil || middle != nil else { return old }
                var limb = Limb(robot, chain: chain, isLeg: isLeg, middle: middle)
                limb?.side = Side.both[side]
                return limb
            }
            return rebuilt.count == 2 || !isLeg && !rebuilt.isEmpty ? rebuilt : limbs
        }
        legs = rebuild(legs, base: pelvis, isLeg: true, [.shinLeft, .shinRight], [.footLeft, .footRight])
        arms = rebuild(arms, base: torso, isLeg: false, [.forearmLeft, .forearmRight], [.handLeft, .handRight])
    }

    mutating func state(_ overrides: [BodyRole: Int]) {
        for (limbs, roles) in [
            (legs, [BodyRole.shinLeft, .shinRight]), (arms, [.forearmLeft, .forearmRight]),
        ] {
            for limb in limbs { confidence[roles[limb.side == .left ? 0 : 1]] = limb.confidence }
        }
        for role in overrides.keys { confidence[role] = 1 }
        if legs.isEmpty { notes.append("no legs found: the root is fixed") }
        if arms.isEmpty { notes.append("no arms found") }
        if head == nil { notes.append("no head that moves") }
        if torso == pelvis, !arms.isEmpty, !legs.isEmpty {
            notes.append("no waist joint: pelvis and torso are one body")
        }
    }
}
