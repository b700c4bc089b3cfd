import Geometry
public import HumanBody

/// Which joints of a skeleton are which of SMPL's, found by names and structure.
///
/// Names are read in the vocabularies in use: MotionBuilder, LAFAN1, CMU, Mixamo, Xsens, Biped, Poser, OptiTrack, Unreal, SMPL.
/// Where a limb's names say nothing, the shape of the tree does: two equal longest branches low down are legs, two
/// further up arms, each with its two longest bones. The trunk is always found by the way from the hips to the arms.
public struct SkeletonMap: Hashable, Sendable {
    /// Why a skeleton cannot be read.
    public enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
        /// Parts that every motion needs are not there.
        case missing(parts: [String], joints: [String])
        /// An override names a part that SMPL lacks, or a joint that the skeleton lacks.
        case unknown(String, known: [String])

        /// What was wrong, in words.
        public var description: String {
            switch self {
            case .missing(let parts, let joints):
                "no joint for \(parts.joined(separator: ", ")) among \(joints.prefix(60).joined(separator: ", ")); "
                    + "name them with --map \(parts.first ?? "left_hip")=JOINT"
            case .unknown(let name, let known):
                "--map: there is no '\(name)', only \(known.prefix(80).joined(separator: ", "))"
            }
        }
    }

    /// Where the rotation of an SMPL joint comes from: a joint, or a share of the way to a second one.
    public struct Part: Hashable, Sendable {
        /// Index of the joint.
        public var joint: Int
        /// Index of a second joint.
        public var towards: Int?
        /// How far towards the second joint, 0 to 1; 1 where the second joint twists the bone of the first.
        public var share = 0.0

        /// The joint whose frame turns with the part.
        var turning: Int { share >= 1 ? towards ?? joint : joint }
    }

    /// By joint of SMPL; nil where the skeleton has nothing of its own.
    public private(set) var parts = [Part?](repeating: nil, count: HumanJoint.count)

    /// What was guessed, in sentences.
    public private(set) var notes: [String] = []

    /// The joint that is an SMPL joint; nil where there is none.
    public func joint(_ part: HumanJoint) -> Int? { parts[part]?.joint }

    /// Finds the parts of a skeleton.
    ///
    /// - Parameters:
    ///   - bvh: The skeleton.
    ///   - overrides: Names of joints by names of SMPL joints (`left_hip`), which come before what is found.
    /// - Throws: `Failure`, which names the parts that are missing.
    public init(_ bvh: BVH, overrides: [String: String] = [:]) throws(Failure) {
        var given: [HumanJoint: Int] = [:]
        for (name, jointName) in overrides.sorted(by: { $0.key < $1.key }) {
            guard let part = HumanJoint(named: name) else {
                throw .unknown(name, known: HumanJoint.allCases.map(\.name))
            }
            guard let joint = bvh.index(of: jointName) else { throw .unknown(jointName, known: bvh.joints.map(\.name)) }
            given[part] = joint
        }
        let tree = SkeletonTree(bvh)
        let words = JointWords(bvh.joints.map(\.name))
        findLimbs(bvh, tree, words, given)
        let required = Side.both.flatMap { $0.leg.joints + [$0.shoulder, $0.elbow] }
        for (part, joint) in given { parts[part] = Part(joint: joint) }
        func missing(_ parts: [HumanJoint]) -> Failure {
            .missing(parts: parts.map(\.name), joints: bvh.joints.map(\.name))
        }
        let lacking = required.filter { parts[$0] == nil }
        guard lacking.isEmpty else { throw missing(lacking) }
        findTrunk(tree, words)
        for (part, joint) in given { parts[part] = Part(joint: joint) }
        findTwists(tree)
        for side in Side.both where parts[side.wrist] == nil {
            guard let elbow = joint(side.elbow), bvh.joints[elbow].endSite != nil else { throw missing([side.wrist]) }
        }
    }

    /// One reading for each limb: its names where they name all of it, else the shape of the skeleton.
    private mutating func findLimbs(_ bvh: BVH, _ tree: SkeletonTree, _ words: JointWords, _ given: [HumanJoint: Int]) {
        var byShape: [HumanJoint: Int]?
        var found: [HumanJoint: Int] = [:]
        for side in Side.both {
            for (named, limb, others) in [
                (words.leg(side, tree), side.leg, [side.toe]), (words.arm(side, tree), side.arm, [side.collar]),
            ] {
                let joints = Dictionary(named, uniquingKeysWith: { first, _ in first })
                // A forearm may end without a hand.
                let needed = limb.end == side.wrist ? [limb.root, limb.bend] : limb.joints
                var reading = joints
                if needed.contains(where: { joints[$0] == nil && given[$0] == nil }) {
                    let shape = byShape ?? tree.limbsByShape()
                    byShape = shape
                    if needed.allSatisfy({ shape[$0] != nil }) {
                        reading = shape.filter { (limb.joints + others).contains($0.key) }
                        found.merge(reading) { first, _ in first }
                    }
                }
                for (part, joint) in reading { parts[part] = Part(joint: joint) }
            }
        }
        guard !found.isEmpty else { return }
        let words = found.sorted { $0.key.rawValue < $1.key.rawValue }.map {
            "\($0.key.name) = \(bvh.joints[$0.value].name)"
        }
        notes.append("found by the shape of the skeleton: \(words.joined(separator: ", "))")
    }

    /// A joint in line between the ends of a bone twists it: the bone turns with the last of them.
    private mutating func findTwists(_ tree: SkeletonTree) {
        for (start, end) in HumanLimb.all.flatMap(\.segments) {
            guard let first = joint(start), let last = joint(end) else { continue }
            let between = tree.way(from: first, to: last).dropFirst().dropLast()
            guard let twist = between.last, between.allSatisfy({ tree.isInLine($0, from: first, to: last) }) else {
                continue
            }
            parts[start] = Part(joint: first, towards: twist, share: 1)
        }
    }

    private mutating func findTrunk(_ tree: SkeletonTree, _ words: JointWords) {
        guard let leftHip = joint(.leftHip), let rightHip = joint(.rightHip),
            let left = joint(.leftCollar) ?? joint(.leftShoulder),
            let right = joint(.rightCollar) ?? joint(.rightShoulder)
        else { return }
        let pelvis = tree.meeting(leftHip, rightHip)
        let chest = tree.meeting(left, right)
        parts[.pelvis] = Part(joint: pelvis)
        // Where legs and trunk hang beside each other, the way goes past what both hang on.
        let trunk =
            tree.isAncestor(pelvis, of: chest)
            ? tree.way(from: pelvis, to: chest)
            : [pelvis] + tree.way(from: tree.meeting(pelvis, chest), to: chest).dropFirst()
        // Three bends share what there is.
        for (part, share) in [(HumanJoint.spine1, 1.0 / 3), (.spine2, 2.0 / 3), (.spine3, 1.0)] {
            let place = share * Double(trunk.count - 1)
            let below = min(Int(place), trunk.count - 1)
            let rest = place - Double(below)
            parts[part] = Part(
                joint: trunk[below], towards: rest > 1e-9 ? trunk[below + 1] : nil, share: rest > 1e-9 ? rest : 0)
        }
        let arms = Set([left, right].flatMap { tree.below($0) })
        let above = tree.children[chest].filter { !arms.contains($0) }
        let branch = above.max { tree.below($0).count < tree.below($1).count }
        let named = LimbVocabulary.head.lazy.flatMap { words.joints($0) }.first {
            !arms.contains($0) && tree.isAncestor(chest, of: $0)
        }
        guard let head = named ?? branch.map({ tree.spineEnd(from: $0) }) else { return }
        let neck = tree.way(from: chest, to: head).dropFirst()
        parts[.head] = Part(joint: head)
        parts[.neck] = Part(joint: neck.first ?? head)
    }
}
