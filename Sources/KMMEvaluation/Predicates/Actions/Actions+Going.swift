extension ActionPredicate {
    private static let atWalkingPace = Measure.fastestSecond <= 2 && .airTime <= 0.1
    private static let onTheSpot = Measure.reach <= 0.6
    private static let standing = Measure.lowestPelvis >= 0.7
    /// Captions in which something else goes on beside or after the walk.
    private static let notJustAWalk =
        #"turn|\bback|veer|side|drift|left|right|jump|hop|spin|duck|climb|circle|around|angle|uneven|stealth|digital"#
        + #"|sway|danc|karate|squat|dribbl|bounc|basketball|ladder|stair|steps? up|ramp|cartwheel|crouch|\brun|jog"#
        + #"|stop|stand|slash|pattern|ovular|dia|curv|bend|over|down|then|hand|arm|shape|fight|punch|box|spot|place"#
        + #"|zombie|zig"#
    private static let anyWalk = #"\bwalk|step|strid|dribbl|navigat|march|sneak|strut|pace|stroll|stagger|shuffl"#
    private static let notJustARun =
        #"turn|\bback|veer|side|left|right|jump|leap|hop|spin|duck|climb|stop|stand|curv|circle|walk|over|under"#
        + #"|dive|step|place|squat|arm|hand|crouch|stumbl|then|pause|umps|hurdle|stretch|warm|ramp|twist|jack"#
    private static let anyRun = #"\b(run|sprint|dash|jog)"#

    static let going: [ActionPredicate] = [
        ActionPredicate(
            "walk", .forwardTravel >= 0.8 && .forwardSpeed >= 0.4 && atWalkingPace, count: .steps,
            amount: .forwardTravel, claims: #"\bwalk(s|ed|ing)?\b"#, unless: notJustAWalk, hints: anyWalk),
        ActionPredicate(
            "walk-slowly", .forwardTravel >= 0.5 && .forwardSpeed >= 0.2 && .fastestSecond <= 1.25 && .airTime <= 0.1,
            claims: #"walks? (very )?slow|slowly walks?|strolls\b"#, unless: notJustAWalk, hints: anyWalk),
        ActionPredicate(
            "walk-fast", .forwardTravel >= 1.2 && .forwardSpeed >= 1.3 && .fastestSecond <= 2.4 && .airTime <= 0.15,
            claims: #"walks? (very )?(quick|fast|brisk)|(quickly|briskly) walks?|quickwalk"#, unless: notJustAWalk,
            hints: anyWalk + "|" + anyRun),
        ActionPredicate(
            "walk-backward", .backwardTravel >= 0.5 && .backwardSpeed >= 0.35 && .airTime <= 0.15, count: .steps,
            amount: .backwardTravel, claims: #"\b(walk|walks|walked|walking)\b.*\bback(wards?)?\b"#,
            unless: #"forward|turn|foreward|dribbl|sideways|then|karate|back (to|and|the)|forth|around"#,
            hints: #"back|navigat"#),
        ActionPredicate(
            "run", .forwardSpeed >= 1.6 && .either(.kneeBend) >= 80, amount: .forwardTravel,
            claims: #"\b(run(s|ning)?|sprint(s|ing)?|dash(es|ing)?)\b"#, unless: notJustARun + "|jog", hints: anyRun),
        ActionPredicate(
            "jog", .forwardSpeed >= 1.3 && .forwardSpeed <= 4.5 && .either(.kneeBend) >= 75, amount: .forwardTravel,
            claims: #"\bjog(s|ging)?\b"#, unless: notJustARun, hints: anyRun),
        ActionPredicate(
            "sprint", .forwardSpeed >= 2.6 && .either(.kneeBend) >= 85,
            claims: #"\b(sprint(s|ing)?|dash(es|ing)?)\b"#, unless: notJustARun + "|jog", hints: anyRun),
        ActionPredicate(
            "run-in-place", onTheSpot && .steps >= 6 && .either(.footHeight) >= 0.12 && .cadence >= 2.2, count: .steps,
            claims: #"(jog|run)s?(ning|ging)? (in place|on the spot)"#, unless: "then|turn",
            hints: anyRun + #"|place|spot|exercis|march|step"#),
        ActionPredicate(
            "walk-in-place", .reach <= 0.9 && .steps >= 4 && .airTime <= 0.15 && .lowestPelvis >= 0.75, count: .steps,
            claims: #"(walk|step|march|shuffle)(s|es|ing)? (in place|on the spot)"#, unless: "then|turn|high",
            hints: anyWalk + #"|place|spot|exercis|jog|danc|dribbl|shift"#),
        ActionPredicate(
            "march", .steps >= 4 && .both(.kneeUp) <= 0.27 && .airTime <= 0.15 && standing, count: .steps,
            claims: #"march(es|ing)?\b|high knees?"#, unless: "then|turn|stand",
            hints: anyWalk + #"|knee|place|exercis|danc|climb|run|jog"#),
        ActionPredicate(
            "run-backward", .backwardSpeed >= 0.9 && .backwardTravel >= 0.9, amount: .backwardTravel,
            claims: #"(run|jog)(s|ning|ging)? back(wards?)?\b"#, unless: "forward|turn|forth|then|around|and back",
            hints: "back|danc"),
        ActionPredicate(
            "step-sideways", .sidewaysTravel >= 0.3 && .sidewaysExcess >= 0, count: .steps, amount: .sidewaysTravel,
            claims: #"((sidesteps? quickly|side steps|walks? sideways|moves? sideways|shuffles?)\b.*"#
                + #"|walks to the )\b{side}"#,
            unless: #"\brun side|forward|leading|stop|turn|climb|hop"#, hints: #"side|shuffl|left|right|salsa|danc"#),
        ActionPredicate(
            "step-aside", .sidewaysTravel >= 0.12 && .sidewaysExcess >= 0 && .sidewaysTravel <= 3, count: .steps,
            claims: #"(takes a step|steps sideways|sidesteps) to the {side}"#, unless: "turn",
            hints: #"side|shuffl|left|right|salsa|danc"#),
        ActionPredicate(
            "step-forward", .endAhead >= 0.2 && .endAhead <= 1.7 && .steps <= 5 && .airTime <= 0.15,
            count: .steps, claims: #"takes a (big |small |large |long )?step forward|steps forward with"#,
            unless: "back|then|turn", hints: anyWalk + "|lunge|forward|kick|throw"),
        ActionPredicate(
            "step-back", .endAhead <= -0.15 && .endAhead >= -1.7 && .steps <= 5 && .airTime <= 0.15,
            count: .steps, claims: #"takes a (big |small )?step back|steps back(ward)? with"#,
            unless: "forward|then|turn", hints: "step|back|walk|danc"),
        ActionPredicate(
            "run-sideways", .sidewaysTravel >= 0.6 && .sidewaysExcess >= 0 && .fastestSecond >= 0.7,
            claims: #"(shuffles|sidesteps) quickly.*{side}|gallops? sideways.*{side}"#, unless: "turn",
            hints: "side|shuffl|danc|salsa"),
        ActionPredicate(
            "tiptoe", .forwardTravel >= 0.4 && .tiptoeShare >= 0.3 && atWalkingPace,
            claims: #"tip-?toe(s|ing)?"#, unless: "stand|stretch|reach|sneak", hints: "toe|danc|ballet|run|jump|sneak"),
        ActionPredicate(
            "sneak", .forwardTravel >= 0.4 && .both(.kneeBend) >= 60 && .fastestSecond <= 1.1 && .airTime <= 0.15,
            claims: #"\bsneaks?\b|crouch(ed|es)? (and |while )?walk|walks? (while )?crouch(ed|ing)|stealth"#,
            unless: "run|jump|stand|turn", hints: "sneak|crouch|stealth|duck|low|climb|crawl|limp|hunch"),
        ActionPredicate(
            "crawl", .lowestPelvis <= 0.65 && .handsLowTime >= 0.4 && .pathLength >= 0.3,
            claims: #"\bcrawls?\b|all fours"#, unless: "run|stand|push|ladder",
            hints: "crawl|floor|fours|push|roll|lie|lies|cartwheel|flip|breakdanc|hand"),
        ActionPredicate(
            "limp", .forwardTravel >= 0.5 && .stepAsymmetry >= 0.2, claims: #"\blimp"#,
            hints: "limp|injur|hobbl|drag|danc|climb"),
        ActionPredicate(
            "skip", .forwardTravel >= 1 && .flights >= 2 && .forwardSpeed <= 3.6 && .either(.kneeUp) <= 0.33,
            claims: #"\bskip(s|ping)?\b"#, unless: "rope|side", hints: "skip|hop|jump|run|jog|leap|danc|sprint|dash"),
        ActionPredicate(
            "stagger", .pathLength >= 0.6 && (.either(.sideLean) >= 7 || .courseChanges >= 2) && .fastestSecond <= 2,
            claims: #"stagger|stumbl|drunk|dizzy|tipsy|sways? while walk"#, unless: "danc|run",
            hints: "stagger|stumbl|drunk|dizzy|sway|danc|turn|walk|zig|run|step|lean|bend"),
    ]

    private static let anyTurn =
        #"turn|circle|clockwise|spin|pirouet|around|shape|navigat|danc|walks? back|zig|flip|cartwheel|pace|curv"#
        + #"|twirl"#
        + #"|left|right|veer|bend|rotat|salsa|180|360|degree"#

    static let turning: [ActionPredicate] = [
        ActionPredicate(
            "turn", .turn >= 45 && .far(.farthestTurn) <= 60, count: nil, amount: .turn,
            claims: #"turn(s|ing)?( sharply)?( to (the|his|her|their))? {side}|{side} turn"#
                + #"|90 degree turn to the {side}"#,
            unless: #"around|head|hands?\b|reach|jump|half"#, hints: anyTurn),
        ActionPredicate(
            "turn-around", .either(.farthestTurn) >= 135, count: nil, amount: .either(.farthestTurn),
            claims: #"turn(s|ed|ing)?( completely| all the way)? around|turns? and walks? back|half turn"#,
            unless: #"left angle|looks where|reach|waist"#, hints: anyTurn),
        ActionPredicate(
            "spin", .turn >= 270 && .endDistance <= 1.5, count: .fullTurns, amount: .turn,
            claims: #"spins?( around)?( once)? to the {side}|full turn to the {side}"#
                + #"|all the way around to the {side}"#,
            unless: "walk|kick|jump", hints: anyTurn),
        ActionPredicate(
            "circle", .turn >= 200 && .pathLength >= 1.2, count: .fullTurns,
            claims: #"\b(walk|run|jog)s?\b.*circle to the {side}"#, unless: "four steps|tight", hints: anyTurn),
        ActionPredicate(
            "curve", .farthestTurn >= 30 && .pathLength >= 1.2 && .far(.farthestTurn) <= 60,
            claims: #"\b(curves?|veers?|bends?)( slightly| sharply)?( to (the|his|her|their))? {side}"#,
            unless: "then|arm|hand|waist|leans|knee|down|over", hints: anyTurn),
        ActionPredicate(
            "zigzag", .pathLength >= 1.5 && .courseChanges >= 2, claims: #"zig-? ?zag"#, unless: "looking",
            hints: anyTurn + "|forth|weav|side|around|box"),
        ActionPredicate(
            "figure-eight", .pathLength >= 2.5 && .headingSpan >= 200 && .both(.farthestTurn) >= 25,
            claims: #"figure (eight|8)"#, unless: "danc", hints: anyTurn),
        ActionPredicate(
            "back-and-forth", .pathLength >= 0.6 && .reach >= 0.15 && .returnShare <= 0.6,
            claims: #"back and forth|forth and back|forward and back"#,
            unless: "arm|hand|hip|head|leg|sway|rock|foot|swing|torso|danc",
            hints: anyTurn + "|back|forth|return|circle|jump|hop"),
    ]

    private static let anyJump =
        #"\b(jump|leap|hop|umps|hurdle|skip|jete|acrobat|flip|cartwheel|tumbl)|run|dash|sprint|jog|basketball"#
        + #"|dunk|celebrat"#
    private static let leavesTheFloor = Measure.footClearance >= 0.1 && .rise >= 0.08

    static let jumping: [ActionPredicate] = [
        ActionPredicate(
            "jump", .footClearance >= 0.12 && .rise >= 0.1, count: .flights,
            claims: #"\b(jumps?|jumped|jumping|leaps?)\b"#,
            unless: #"jack|grab|jumpshot|hop|duck|dance|ballet|climb|playground|balance|hunker|hands?|wrist"#
                + #"|arms|little"#
                + #"|diagonal|side|turn|one leg|acrob|forward|far\b"#,
            hints: anyJump),
        ActionPredicate(
            "jump-forward", .footClearance >= 0.1 && .endAhead >= 0.3, count: .flights, amount: .endAhead,
            claims: #"jump(s|ing|ed)?( \w+)? forward|(forward|long) jump|leap(s|ing)? forward"#,
            unless: #"turn|diagonal|side|left|right|back|danc|ballet|climb|playground|run|walk|jog|then|cross"#
                + #"|\bup\b"#,
            hints: anyJump),
        ActionPredicate(
            "jump-back", leavesTheFloor && .endAhead <= -0.2, count: .flights,
            claims: #"jump(s|ing|ed)? back(wards?)?\b"#, unless: "turn|forward|forth|spin|up", hints: anyJump),
        ActionPredicate(
            "jump-sideways", .footClearance >= 0.06 && .endSideways >= 0.2, count: .flights,
            claims: #"jumps (diagonally )?to the {side}|jumps sideways.*{side}"#, unless: "turn", hints: anyJump),
        ActionPredicate(
            "jump-turn", .footClearance >= 0.08 && .either(.farthestTurn) >= 50,
            claims: #"jumps?,? (and|then)? ?turns? (\w+ )?in the air|turning jump|jump(s|ing)? turn|turns and jumps"#,
            unless: "land|arms", hints: anyJump + "|" + anyTurn),
        ActionPredicate(
            "long-jump", .footClearance >= 0.1 && .endAhead >= 0.75, amount: .endAhead,
            claims: #"long jump|jumps forward far|jumps? over|leaps? over"#,
            unless: "short|little|stairs|then|box|turn|back", hints: anyJump),
        ActionPredicate(
            "hop", .footClearance >= 0.06 && .airTime >= 0.13, count: .flights,
            claims: #"\bhop(s|ped|ping)?\b"#, unless: #"walk|spin|danc|bunny"#, hints: anyJump),
        ActionPredicate(
            "hop-on-one-leg", .hops >= 1 && .freeFootOver >= 0.05 && .footClearance >= 0.04, count: .hops,
            claims: #"(hops?|jumps?) on (one|a single) (foot|leg)"#, unless: "both|switch|then|walk|up and down",
            hints: anyJump),
        ActionPredicate(
            "jumping-jack", .bothHands >= 0 && .stanceWidth >= 0.38 && .raisesTogether >= 1,
            count: .raisesTogether, claims: #"jumping jacks?|star jumps?"#, unless: "then|twist|squat",
            hints: anyJump + "|jack|exercis|star|stretch|danc|warm"),
        ActionPredicate(
            "jump-rope", .flights >= 3 && .reach <= 0.8, count: .flights, claims: #"(jump|skip)(s|ping|ing)? rope"#,
            hints: anyJump + "|rope|spot|up and down"),
    ]
}
