import Geometry
public import HumanBody
public import HumanMotion
public import Robots

/// Turns frames of human motion into configurations of one robot.
///
/// Frames go in one after the other with ``push(_:to:)`` and come out with ``pop(_:)``, as many frames later as the state's
/// horizon says; the motion is the smoother the longer it is. Not for use by several threads at once: it owns scratch
/// memory. What it remembers of a motion is the ``RetargetState`` that the caller passes, so one retargeter serves
/// many motions, and a motion can be taken up again wherever the state was kept.
public final class Retargeter {
    /// Weights and budgets of the solver.
    public typealias Options = RetargetOptions

    /// The robot.
    public var profile: RobotProfile { model.profile }
    /// How far the robot goes for a metre of the human: its leg length over the human's.
    public var pathScale: Double { model.calibration.scale }
    private let model: RetargetModel
    private let problem: FrameProblem
    private var human = HumanPose()
    private var footPath = FootPath(capacity: 256)
    private var partContact = PartContact()
    private var balance: BalancePlan
    private var refinement: WindowRefinement
    private var escape: Escape

    /// Measures how the human body fits onto the robot.
    ///
    /// - Throws: ``RetargetingError`` or `KinematicsError` when the profile's map is not enough for its body.
    public init(_ profile: RobotProfile, options: Options = Options()) throws {
        model = try RetargetModel(profile, options)
        problem = FrameProblem(model)
        balance = BalancePlan(model.calibration)
        refinement = WindowRefinement(problem)
        escape = Escape(problem)
    }

    /// Takes the next frame of a motion.
    ///
    /// - Parameters:
    ///   - frame: The human. Its contacts help to decide which foot stands; when all four are 0, height and speed alone
    ///     do. A frame that is not finite repeats the one before; before the first frame it is left out.
    ///   - state: What is remembered; a new one starts a motion, at any place and heading.
    public func push(_ frame: HumanFrame, to state: inout RetargetState) {
        guard frame.pelvis.isFinite, frame.rotations.allSatisfy({ $0.isFinite && $0.length > 0.5 }) else {
            if !state.slots.isEmpty {
                state.repeatLast()
                settle(&state)
            }
            return
        }
        human.update(frame)
        append(frame, to: &state)
        settle(&state)
    }

    private func settle(_ state: inout RetargetState) {
        let newest = state.slots.count - 1
        state.decideContacts(legs: model.calibration.legs.count)
        if !model.calibration.legs.isEmpty { partContact.decide(&state) }
        footPath.plan(&state, model.calibration.legs)
        balance.measure(newest, &state)
        problem.aim(newest, &state)
        if newest == 0 { FirstFrame(problem: problem).solve(&state, root: model.rootTarget(human), of: human) }
        refinement.extend(&state)
        escape.reconsider(&state)
        guard state.slots.count - state.final >= state.horizon + state.stride else { return }
        if state.horizon > 0 { refine(&state) }
        state.final += state.stride
    }

    private func refine(_ state: inout RetargetState) {
        balance.lean(&state)
        for t in state.final..<state.slots.count { problem.aim(t, &state) }
        refinement.refine(&state)
    }

    /// Says that nothing follows for now: all frames become final. More may be pushed later.
    public func finish(_ state: inout RetargetState) {
        guard state.final < state.slots.count else { return }
        if state.horizon > 0 { refine(&state) }
        state.final = state.slots.count
    }

    /// Gives out the next frame that is final; nil when there is none yet.
    public func pop(_ state: inout RetargetState) -> RetargetedFrame? {
        var frame = RetargetedFrame(
            configuration: RobotConfiguration(rootPosition: .zero, rootRotation: .identity, jointPositions: []),
            contacts: RobotProfile.Sides(left: 0, right: 0), quality: FrameQuality())
        return pop(&state, into: &frame) ? frame : nil
    }

    /// As ``pop(_:)``, into memory that is used again; false when there is no final frame yet.
    public func pop(_ state: inout RetargetState, into frame: inout RetargetedFrame) -> Bool {
        guard state.taken < state.final else { return false }
        FrameJudge(problem: problem).judge(state.taken, &state, &balance, into: &frame)
        state.taken += 1
        state.forget()
        return true
    }

    /// The robot's configuration for the next frame of a motion, with no frame known ahead: the state's horizon is 0.
    public func retarget(_ frame: HumanFrame, state: inout RetargetState) -> RetargetedFrame {
        precondition(state.horizon == 0 && state.stride == 1, "a frame comes out at once without a horizon")
        push(frame, to: &state)
        return pop(&state)
            ?? RetargetedFrame(
                configuration: profile.standPose, contacts: RobotProfile.Sides(left: 0, right: 0),
                quality: FrameQuality())
    }

    /// Retargets a whole clip at its own frame rate.
    ///
    /// - Parameters:
    ///   - clip: The human's motion.
    ///   - horizon: Frames known ahead, in which the motion is smoothed after noise was taken out of it; 0 for none.
    /// - Returns: As many frames as the clip has, fewer if its first are not finite.
    public func retarget(_ clip: HumanClip, horizon: Int = 12) -> RobotMotion {
        var state = RetargetState(frameRate: clip.frameRate, horizon: horizon, stride: max(3 * horizon, 1))
        var motion = RobotMotion(frameRate: clip.frameRate, jointNames: profile.jointNames, frames: [])
        for frame in horizon > 0 ? Denoiser.clean(clip) : clip.frames {
            push(frame, to: &state)
            while let robot = pop(&state) { motion.frames.append(robot) }
        }
        finish(&state)
        while let robot = pop(&state) { motion.frames.append(robot) }
        return motion
    }

    /// Judges a motion that this retargeter made of a clip.
    public func judge(_ motion: RobotMotion, of clip: HumanClip) -> QualityReport {
        QualityReport(motion, of: clip, model)
    }

    /// Whether the robot could stand still like this: its centre of mass is over the soles that stand. One without legs always
    /// does.
    package func isBalanced(_ frame: RetargetedFrame) -> Bool {
        if model.calibration.legs.isEmpty { return true }
        return max(frame.contacts.left, frame.contacts.right) > 0.5 && frame.quality.isSupportKnown
            && frame.quality.balanceMargin >= 0
    }

    // MARK: What comes in

    /// Appends a frame that follows the human, before its feet are planned.
    private func append(_ frame: HumanFrame, to state: inout RetargetState) {
        let (calibration, natural) = (model.calibration, model.natural)
        let root = model.rootTarget(human)
        var slot = state.slots.last ?? Slot(root: root)
        slot.hips = root.translation
        if state.slots.isEmpty {
            slot.root.translation -= root.rotation.act(calibration.hipsInRoot)
            state.joints += natural
        } else {
            for joint in (state.joints.count - natural.count)..<state.joints.count {
                state.joints.append(state.joints[joint])
            }
        }
        slot.humanCenter = human.centerOfMass
        state.slots.append(slot)
        appendParts(to: &state)
        for task in model.tasks { state.targets.append(task.target(for: human)) }
        for leg in calibration.legs { state.feet.append(footFrame(leg, root, frame.contacts)) }
    }

    private func appendParts(to state: inout RetargetState) {
        let points = model.surface.points.count
        for _ in 0..<points {
            state.surface.append(state.slots.count > 1 ? state.surface[state.surface.count - points] : .zero)
        }
        for part in BodyPart.allCases {
            var frame = PartFrame()
            (frame.place, frame.height) = human.contact(part)
            // Something to sit on, as far as the seat is near it.
            if part == .seat, let support = model.options.support, abs(frame.height - support) < abs(frame.height) {
                frame.level = support
                frame.height -= support
            }
            state.parts.append(frame)
        }
    }

    private func footFrame(_ leg: Calibration.Leg, _ root: RigidTransform, _ contacts: FootContacts) -> FootFrame {
        var foot = FootFrame()
        foot.human = SolePoints(heel: human.positions[leg.side.ankle], toe: human.positions[leg.side.toe])
        foot.height = SolePoints(
            heel: foot.human.heel.z - SMPLFoot.ankleHeight(leg.side), toe: foot.human.toe.z - SMPLFoot.toeHeight)
        foot.flatness = human.rotations[leg.side.ankle].act(.up).z
        if contacts != .none {
            let (ankle, toe) = contacts[leg.side]
            foot.probability = SolePoints(heel: ankle, toe: toe)
        }
        foot.free = model.calibration.freeFoot(leg, hips: root.translation, root: root.rotation, human: human)
        foot.freePoints = SolePoints(heel: foot.free.act(leg.heel), toe: foot.free.act(leg.toe))
        return foot
    }
}
