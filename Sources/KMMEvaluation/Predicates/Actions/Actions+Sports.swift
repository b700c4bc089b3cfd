extension ActionPredicate {
    private static let anyArmWork =
        #"throw|toss|pitch|shot|shoot|punch|box|fight|karate|martial|strik|kick|sword|slash|basketball|dribbl"#
        + #"|catch|swat"#
        + #"|jab|danc|ballet|wav|rais|reach|swing|golf|hand|arm|jump|celebrat|climb|gestur|refus|push|grab"#
        + #"|exercis|crawl"#
        + #"|spell|drink|talk|stretch|wash|clean|play|jack|swim|row|salsa|angr|open|say|bye|sweep|point|chop"#
        + #"|run|sprint"#
        + #"|dash|jog|call|guide|respond|signal|show|pick|lift|put|stir|saw|hammer|paint|wip|mop|scoop|spread"#
        + #"|cartwheel"#
        + #"|flip|yoga|hop|hug|roll|bend|beg|plead|offer|clap|fix|work|stumbl|stagger|collaps|warm|circle|dab|guitar"#
        + #"|shak|scratch|dizzy|turn|beat"#

    static let sports: [ActionPredicate] = [
        ActionPredicate(
            "punch", .punch >= 1, count: .punches,
            claims: #"(punch(es)?|jabs?)\b.*\b{side} (hand|fist|arm)|jabs? with the {side}"#,
            unless: #"stance|ping|sidewards|to the|floor|both|low|then"#, hints: anyArmWork),
        ActionPredicate(
            "box", .either(.punch) >= 0.9 && .either(.punches) >= 1,
            count: .punches, claims: #"\bbox(es|ing)\b|punches\b"#,
            unless: #"stance|throw|ping|sidewards|to the|floor|low"#, hints: anyArmWork),
        ActionPredicate(
            "uppercut", .uppercut >= 1.2, claims: #"upper-?cut"#, hints: anyArmWork),
        ActionPredicate(
            "guard", .handsBeforeFace >= 0.4,
            claims: #"raises the fists|holds the fists|gets ready to fight|boxer"#,
            unless: "punch|jab|dodg|run", hints: anyArmWork),
        ActionPredicate(
            "throw", .throwing >= 0.4 || .either(.forwardThrow) >= 1.4, count: .either(.thrusts),
            claims: #"\bthrows (a|something|the)\b"#,
            unless: #"punch|combinations|arms|arm out|both|basketball|jab|hook"#,
            hints: anyArmWork),
        ActionPredicate(
            "shoot-basketball", .bothHands >= -0.37 && .either(.wristPeak) >= 2.1,
            claims: #"(shoots|throws) a basketball|basketball shot|jumpshot|free throw"#, unless: "dribbl",
            hints: anyArmWork),
        ActionPredicate(
            "catch", .either(.handAhead) >= 0.28 && .either(.wristPeak) >= 1.3 && .reach <= 0.6,
            claims: #"\bcatch(es)? (a|the"#
                + #"|something)"#,
            unless: "breath|low|throw", hints: anyArmWork),
        ActionPredicate(
            "dribble", .verticalStrokes >= 4 && .handHeight <= 0.3, count: .verticalStrokes,
            claims: #"dribbl"#, unless: "soccer|backward|shoot|throw|signal|referee|travel", hints: anyArmWork + "|walk"
        ),
        ActionPredicate(
            "golf-swing", .swings >= 1 && .handsGapUsual <= 0.4 && .either(.wristPeak) >= 2,
            claims: #"golf"#, hints: anyArmWork),
        ActionPredicate(
            "swing-bat", .swings >= 1 && .handsGapUsual <= 0.45 && .either(.wristPeak) >= 2,
            claims: #"baseball|swings? a (bat|sword|club)|slash"#, hints: anyArmWork),
        ActionPredicate(
            "swim", .both(.armCircles) >= 0.7 || .both(.thrusts) >= 2, claims: #"\bsw(i|a)m(s|ming)?\b"#,
            hints: anyArmWork),
        ActionPredicate(
            "dance",
            .either(.handHeight) >= -0.23 && .both(.handHeight) >= -0.3 && .tilt >= 9.5 && .usualSpeed <= 1.5
                && (.either(.footHeight) >= 0.085 || .headingSpan >= 24 || .either(.sideLean) >= 8),
            claims: #"\bdanc"#, unless: #"static|pos(e|ing)\b|teapot|head|hand on the hip"#,
            hints: #"danc|ballet|pirouet|arabesque|jete|ballerina|spin|salsa|charleston|macarena|celebrat"#),
        ActionPredicate(
            "cheer", .bothHands >= -0.05 && .either(.wristPeak) >= 0.8,
            claims: #"\bcheer|throws both arms up"#, unless: "pump|bow|silenc|pose",
            hints: anyArmWork),
        ActionPredicate(
            "dodge", .either(.sideLean) >= 9 || .lowestHead <= 1.25, claims: #"\bdodg|evad"#,
            hints: anyArmWork + "|duck|lean|crouch|bow|sit|squat|lie|floor|tie"),
        ActionPredicate(
            "yoga-tree", .either(.footUpTime) >= 1 && .handsGapUsual <= 0.9, claims: #"tree pose|yoga tree"#,
            hints: anyArmWork + "|balanc|leg"),
    ]

    static let chores: [ActionPredicate] = [
        ActionPredicate(
            "reach-up", .either(.handHeight) >= 0.06, count: .either(.raises),
            claims: #"reach(es|ing)? (\w+ )*(up|high|above)|grabs something with the {side}|something overhead"#,
            unless: "jump|down|low|catch|then", hints: anyArmWork + "|up"),
        ActionPredicate(
            "reach-ahead", .handAhead >= 0.2 && .excess(.handAhead) >= 0.1 && .reach <= 0.6,
            claims: #"reach(es)? (out )?(forward|ahead)|stretches (out )?(an|the right"#
                + #"|the left) arm( out)? (forward|to reach)|reaches out and|presses a button|opens a door"#,
            unless: "low|side|to the|behind|catch|swat", hints: anyArmWork),
        ActionPredicate(
            "knock", .either(.handAhead) >= 0.25 && .either(.smallStrokes) >= 3, count: .either(.smallStrokes),
            claims: #"\bknock(s|ing)?\b"#, hints: anyArmWork),
        ActionPredicate(
            "wipe", .either(.strokes) >= 6 && .either(.handAhead) >= 0.25 && .reach <= 1.2,
            claims: #"\b(wip|wash|clean|scrub|polish|paint)(es|s|ing)\b"#,
            unless: "shower|hair|sit|hands|forehead|brow|face", hints: anyArmWork),
        ActionPredicate(
            "sweep-floor", .both(.handAhead) >= 0.15 && .both(.strokes) >= 8,
            claims: #"\b(sweep|vacuum)(s|ing)?\b( the| up)?( floor)?"#,
            unless: "arm|hand|away|circle|leg|foot", hints: anyArmWork),
        ActionPredicate(
            "two-handed-work", .handsGapUsual <= 0.55 && .both(.strokes) >= 2,
            claims: #"\b(hammer|chop|saw|stir|hoe|rake)(s|ping|ming|ing|es)?\b"#,
            unless: "air|gesture|hand", hints: anyArmWork),
        ActionPredicate(
            "play-guitar", .onBelly >= 0.3 && .smallStrokes >= 2 && .far(.handToOwnSide) >= 0.2,
            claims: #"\bguitar"#, hints: anyArmWork),
        ActionPredicate(
            "play-piano", .both(.handAhead) >= 0.15 && .both(.smallStrokes) >= 2,
            claims: #"\b(piano|keyboard"#
                + #"|typ(es|ing))\b"#,
            hints: anyArmWork),
        ActionPredicate(
            "drum", .both(.verticalStrokes) >= 3, claims: #"\bdrum"#, hints: anyArmWork),
        ActionPredicate(
            "conduct", .either(.strokes) >= 4 && .either(.handHeight) >= -0.2, claims: #"\b(conducts?|orchestra)"#,
            hints: anyArmWork),
        ActionPredicate(
            "steer", .handsHeldAhead >= 1 && .both(.handAhead) >= 0.2 && .handsGapUsual <= 0.6 && .bothHands <= 0.1,
            claims: #"\b(steer|drive)(s|ing)?\b|steering wheel"#, hints: anyArmWork),
        ActionPredicate(
            "carry", .handsHeldAhead >= 1 && .handsGapUsual <= 0.7, claims: #"\bcarr(y|ies|ying)\b|holds? a box"#,
            unless: "travel|referee|basketball|tray", hints: anyArmWork + "|walk|hold|torch"),
        ActionPredicate(
            "lift-box", .either(.lowestHand) <= 0.5 && .handsHeldAhead >= 0.2,
            claims: #"lifts? (up )?(a|the|something) (heavy|box|\w+ box)|picks up a (heavy |large )?box"#,
            hints: anyArmWork),
        ActionPredicate(
            "talk", .either(.smallStrokes) >= 1 && .reach <= 0.3 && .tilt <= 25, claims: #"\btalks?\b"#,
            unless: "sit|phone|low|small",
            hints: anyArmWork),
    ]
}
