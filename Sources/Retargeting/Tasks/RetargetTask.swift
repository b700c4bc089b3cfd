import Geometry
import Robots

/// A task of a retargeter. Its file holds all there is to say of its kind: which ones a robot has, the error and its Jacobian,
/// the target and its weight over time, and what the task tells of a finished frame.
protocol RetargetTask: IKTask {
    /// Those of a robot.
    static func tasks(_ calibration: Calibration, _ options: RetargetOptions) -> [any RetargetTask]
    /// The leg that it is of; nil when it is of none.
    var leg: Int? { get }
    /// The target in a frame that comes in, as far as the human tells it.
    func target(for human: HumanPose) -> TaskTarget
    /// Sets the target once hips and feet of frame `t` are planned.
    func aim(_ target: inout TaskTarget, _ t: Int, _ state: RetargetState)
    /// Sets what depends on how frame `t` is solved.
    func prepare(_ target: inout TaskTarget, _ t: Int, _ state: RetargetState, for solve: FrameSolve)
    /// Adds to what is said of the final frame `t`, whose configuration the robot has.
    func judge(_ judgement: inout FrameJudgement, _ target: TaskTarget, _ t: Int, _ state: inout RetargetState)
}

extension RetargetTask {
    var leg: Int? { nil }
    func aim(_ target: inout TaskTarget, _ t: Int, _ state: RetargetState) {}
    func prepare(_ target: inout TaskTarget, _ t: Int, _ state: RetargetState, for solve: FrameSolve) {}
    func judge(_ judgement: inout FrameJudgement, _ target: TaskTarget, _ t: Int, _ state: inout RetargetState) {}
}

/// How a frame is solved.
enum FrameSolve {
    /// Alone: neither neighbours nor the floor hold a search where it starts.
    case alone
    /// Together with the others of its window, whose smoothness is the solver's.
    case inWindow
    /// With its neighbours held. Standing soles are held down with a multiple of their weight.
    case amongNeighbours(Smoothness, firmness: Double)
}

extension RetargetModel {
    /// The kinds of tasks: a new one is its own file and its name here.
    static let taskKinds: [any RetargetTask.Type] = [
        HipsTask.self, RootPathTask.self, RootTurnTask.self, BalanceTask.self, OrientationFollowTask.self,
        LimbTask.self,
        SoleTask.self, SoleOrientationTask.self, SoleOnFloorTask.self, ShankTask.self, PartTask.self,
    ]
}
