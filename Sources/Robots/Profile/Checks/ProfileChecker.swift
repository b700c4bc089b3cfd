import Geometry

extension RobotProfile {
    /// Everything that contradicts itself or looks wrong in the profile, with its place in the JSON, errors first.
    ///
    /// What only a whole profile can show (balance, symmetry) is judged when its parts fit together.
    public func validate() -> [ProfileFinding] {
        var checker = ProfileChecker(self)
        checker.checkTree()
        checker.checkHuman()
        checker.checkContacts()
        checker.checkPoses()
        checker.checkLimits()
        checker.checkStops()
        checker.checkTargets()
        if !checker.hasErrors {
            checker.checkStand()
            checker.checkSymmetry()
            checker.noteDefaults()
        }
        let order = ProfileFinding.Severity.allCases
        return order.flatMap { severity in checker.findings.filter { $0.severity == severity } }
    }
}

/// What the checks of a profile share: its names, found quickly, and the findings so far.
struct ProfileChecker {
    let profile: RobotProfile
    let bodyNames: Set<String>
    let drivenNames: [String]
    let drivenLimits: [String: JointLimits]
    private(set) var findings: [ProfileFinding] = []

    init(_ profile: RobotProfile) {
        self.profile = profile
        bodyNames = Set(profile.bodies.map(\.name))
        drivenNames = profile.jointNames
        drivenLimits = Dictionary(
            profile.drivenJoints.map { ($0.name, $0.limits) }, uniquingKeysWith: { first, _ in first })
    }

    var hasErrors: Bool { findings.contains { $0.severity == .error } }

    mutating func error(_ path: String, _ problem: String, _ remedy: String) {
        findings.append(ProfileFinding(.error, path: path, problem: problem, remedy: remedy))
    }

    mutating func warn(_ path: String, _ problem: String, _ remedy: String) {
        findings.append(ProfileFinding(.warning, path: path, problem: problem, remedy: remedy))
    }

    mutating func note(_ path: String, _ problem: String, _ remedy: String) {
        findings.append(ProfileFinding(.note, path: path, problem: problem, remedy: remedy))
    }

    mutating func requireBody(_ name: String, _ path: String) {
        guard !bodyNames.contains(name) else { return }
        error(path, "there is no body \"\(name)\"", suggestion(name, among: bodyNames.sorted()))
    }

    func suggestion(_ name: String, among candidates: [String]) -> String {
        nearestName(to: name, among: candidates).map { "did you mean \"\($0)\"?" } ?? "name one that is listed"
    }

    /// Left and right, when there are both, with their places.
    func sides<Element>(_ pair: RobotProfile.Sides<Element>?, _ path: String) -> [(element: Element, path: String)] {
        pair.map { [($0.left, path + "/left"), ($0.right, path + "/right")] } ?? []
    }
}

extension Double {
    /// The number with four significant digits, for messages.
    var brief: String {
        guard isFinite, self != 0 else { return description }
        let scale = 1e4
        let exponent = (0..<12).first { abs(self) >= 1 / pow10($0) } ?? 12
        let factor = scale * pow10(exponent) / 10
        return ((self * factor).rounded() / factor).description
    }

    private func pow10(_ exponent: Int) -> Double { (0..<exponent).reduce(1) { value, _ in value * 10 } }
}
