extension ActionPredicate {
    private static let upright = Measure.lowestPelvis >= 0.75
    private static let anyLow =
        #"squat|crouch|bend|duck|\bsit|low\b|pick|lie|lies|floor|exercis|jack|kneel|crawl|push|roll|ground"#
        + #"|lunge|collaps"#
        + #"|fall|flip|cartwheel|land"#

    static let legs: [ActionPredicate] = [
        ActionPredicate(
            "kick", .kick >= 0.3, count: .kicks,
            claims: #"\bkick(s|ing)?\b.*\b{side} (leg|foot)|\b{side} (leg|foot) kick"#,
            unless: #"danc|ballet|spin|punch|swing|back|sideways|to the|low\b|steps"#,
            hints: #"kick|danc|ballet|karate|martial|fight|soccer|jump|leap|hop|run|knee|leg|mawashi|yoko"#),
        ActionPredicate(
            "side-kick", .sideKick >= 0.25, count: .kicks,
            claims: #"kicks to the {side}.* with the {side}|side kick.*{side}|kicks sideways.*{side}"#, unless: "low",
            hints: "kick|danc|ballet|karate|martial|leg|lunge|cartwheel|acrobat|yoko"),
        ActionPredicate(
            "back-kick", .either(.backKick) >= 0.25, count: .kicks, claims: #"kicks back"#, unless: "low|then",
            hints: "kick|run|jog|sprint|dash|leg|danc|ballet|lean|hop|balanc|walk|jump|knee"),
        ActionPredicate(
            "raise-knee", .kneeUp <= 0.24, count: .kneeLifts,
            claims: #"(raise|lift)s? (the|his|her|their) {side} (knee|leg)|{side} knee (up|lift|strike)"#,
            unless: "then|back|run|side",
            hints: #"knee|leg|kick|climb|march|run|jog|hop|balanc|danc|ballet|squat|crouch|sit|jump|stair|step"#
                + #"|exerci"#),
        ActionPredicate(
            "high-knees", .kneeLifts >= 2 && .far(.kneeLifts) >= 2 && .both(.kneeUp) <= 0.25, count: .kneeLifts,
            claims: #"high knees|alternat\w* (lift|rais)\w* .*knees|knees? (up )?alternat"#, unless: "elbow",
            hints: #"knee|march|run|jog|climb|sprint|dash|skip|danc|exerci|stair|step"#),
        ActionPredicate(
            "butt-kicks", .buttKicks >= 2 && .far(.buttKicks) >= 2, count: .buttKicks,
            claims: #"butt kicks|heels? to (the |their )?(butt|bottom|buttocks)"#,
            hints: "run|jog|kick|heel|sprint|dash"),
        ActionPredicate(
            "stand-on-one-leg", .far(.footUpTime) >= 1,
            claims: #"(stand|balance)s? on (the|his|her"#
                + #"|their) {side} (leg|foot)"#,
            unless: "hop|kick|then",
            hints: #"balanc|one (leg|foot)|danc|ballet|kick|leg|knee|yoga|hop|tie|sock|shoe|climb"#),
        ActionPredicate(
            "balance-on-one-leg", .either(.footUpTime) >= 1,
            claims: #"(stand|balance)s? on (one|a single) (leg"#
                + #"|foot)"#,
            unless: "hop|kick|then|jump",
            hints: #"balanc|one (leg|foot)|danc|ballet|kick|leg|knee|yoga|hop|tie|sock|shoe|climb|stand"#),
        ActionPredicate(
            "swing-leg", .kick >= 0.12 && .legSwings >= 1, count: .legSwings,
            claims: #"swings (the|his|her|their) {side} (leg|foot)"#, hints: "kick|leg|swing|danc|ballet|walk|run|jog"),
        ActionPredicate(
            "stomp", .either(.kneeLifts) >= 1 && .reach <= 1 && .airTime <= 0.2, count: .either(.kneeLifts),
            claims: #"\bstomps?\b"#, hints: "stomp|march|knee|climb|step|walk|run|kick|danc|exerci|leg|jog|sneak|hop"),
        ActionPredicate(
            "lunge", .frontKneeBend >= 55 && .lowestPelvis <= 0.85 && .strideAhead >= 0.45, count: .dips,
            claims: #"\blunges?\b.*{side}|{side}.*\blunges?\b"#, unless: "side",
            hints: anyLow + "|lunge|fenc|run|sprint|stretch|yoga|danc|throw|sword|karate|martial|climb|box|stride"),
        ActionPredicate(
            "side-lunge", .wideKneeBend >= 45 && .lowestPelvis <= 0.85, count: .dips,
            claims: #"(side lunge|lunges? (sideways )?to the) .*{side}|lunges? (sideways )?to the {side}"#,
            hints: anyLow + "|lunge|stretch|yoga|danc|karate|martial|skat|box|fight|basketball|defen"),
        ActionPredicate(
            "tiptoes", .tiptoeTime >= 0.6 && .reach <= 0.8,
            claims: #"(stand|rise"#
                + #"|go)\w* (up )?on (\w+ )?(tip-?)?toes"#,
            unless: "walk", hints: "toe|reach|stretch|danc|ballet|jump|heel|sneak|squat|climb|kneel|lie|floor|crawl|sit"
        ),
        ActionPredicate(
            "shift-weight", .sways >= 1 && .reach <= 0.5 && upright,
            claims: #"shifts? (their |his |her |the )?weight|sways"#, unless: "walk|bent",
            hints: "shift|sway|danc|weight|swing|hip|fidget|talk|side|lean|stretch|box|basketball|exerci|dribbl"),
        ActionPredicate(
            "circle-hips", .hipCircles >= 1 && .reach <= 0.8 && upright, count: .hipCircles,
            claims: #"(circle|rotate|roll)s? (the|his|her|their) hips|hula"#,
            hints: "hip|danc|hula|rotat|stretch|twist|exerci|warm|sway|salsa"),
    ]

    static let postures: [ActionPredicate] = [
        ActionPredicate(
            "stand-still",
            .wristSpeed <= 0.25 && .jointSpeed <= 0.2 && .usualSpeed <= 0.15 && upright && .medianTilt <= 20,
            claims: #"\bstands? still|standing still|just stands|stands and waits"#,
            unless: #"basketball|signals|moment"#,
            hints: #"stand|still|pose|balanc|chest|shrug|nod|shift|talk|look|breath|gestur|head|hand"#),
        ActionPredicate(
            "squat", .lowestPelvis <= 0.62 && .both(.kneeBend) >= 95, count: .dips, claims: #"\bsquats?\b"#,
            unless: #"jack|walking|fights?|twist|knees facing|wiggles|foot|feet"#, hints: anyLow),
        ActionPredicate(
            "bend-knees", .lowestPelvis <= 0.87 && .both(.kneeBend) >= 40 && .lowestPelvis >= 0.35, count: .dips,
            claims: #"bends? (the|his|her|their|both) (both )?knees|half squat|mini squat"#, unless: "jump|lie",
            hints: anyLow + "|jump|leap|knee|hop|fight|box|climb|sneak|run|karate|martial|swing|danc|basketball|throw"),
        ActionPredicate(
            "crouch", .lowTime >= 0.4 && .both(.kneeBend) >= 80,
            claims: #"\bcrouch(es|ed|ing)? (down )?(and|to|on)|stays? crouched|squats? down"#,
            unless: "walk|jump|run|stand|turn|bit|covers", hints: anyLow),
        ActionPredicate(
            "duck", .lowestHead <= 1.2 && .lowestPelvis >= 0.25, count: .dips,
            claims: #"\bducks?( down)?\b"#, unless: "walk like|run|danc|like a", hints: anyLow + "|bow|stretch|toe|tie"),
        ActionPredicate(
            "kneel", .kneeDownTime >= 0.4 || .kneesDownTime >= 0.4,
            claims: #"\bkneels?\b"#, unless: "arabesque|shoe", hints: anyLow + "|yoga|breakdanc|knee"),
        ActionPredicate(
            "kneel-one-knee", .kneeDownTime >= 0.4, claims: #"kneels?( down)? on (one|the {side}|his {side}) knee"#,
            hints: anyLow + "|yoga|breakdanc|knee|run|sprint"),
        ActionPredicate(
            "kneel-both-knees", .kneesDownTime >= 0.4,
            claims: #"kneels?( down)? on both|on (both|his|her"#
                + #"|their) knees"#,
            unless: "hands", hints: anyLow + "|yoga|breakdanc|knee"),
        ActionPredicate(
            "sit", .thighsLevel >= 0.8 && .lowestPelvis >= 0.1 && .medianTilt <= 50,
            claims: #"\bsits? (down )?on|sits down|\bsits\b"#, unless: #"ladder|stands? up|gets? up|up"#,
            hints: anyLow + "|crouch|duck|chair|stool|seat|meditat|yoga|work|fix"),
        ActionPredicate(
            "sit-on-floor", .lowestPelvis <= 0.38 && .endTilt <= 60 && .lowTime >= 0.6,
            claims: #"sits? (down )?(cross-legged|on the (floor|ground))"#, unless: "stand|lie|lies",
            hints: anyLow + "|yoga|meditat"),
        ActionPredicate(
            "stand-up", .lowestPelvis <= 0.72 && .endPelvis >= 0.78 && .both(.kneeBend) >= 60,
            claims: #"(stands?|gets?) (back )?up\b( from (a|the) (chair|stool|seat|floor|ground))?"#,
            unless: "sit|lie|straight|jump|ladder|hand|roll|pick|bend|arms|squat|push",
            hints: anyLow + "|stand|rise|gets up|jump|leap|celebrat"),
        ActionPredicate(
            "lie-down", .endPelvis <= 0.32 && .endTilt >= 50, claims: #"\b(lies|lie|lay|lays) (down|on)|sleeps"#,
            unless: "stand|get|rise|roll|then", hints: anyLow + "|yoga"),
        ActionPredicate(
            "get-up", .lowestPelvis <= 0.45 && .endPelvis >= 0.72,
            claims: #"gets up (from|off) the (floor|ground)|stands up again"#, unless: "stool",
            hints: anyLow + "|gets up|stand"),
        ActionPredicate(
            "push-up", .levelTime >= 0.6 && .handsLowTime >= 0.6 && .chestDips >= 1, count: .chestDips,
            claims: #"push-? ?ups?\b"#, hints: anyLow),
        ActionPredicate(
            "plank", .levelTime >= 0.8 && .handsLowTime >= 0.8 && .lowestPelvis >= 0.1,
            claims: #"\bplank|push-? ?ups?\b"#, hints: anyLow),
        ActionPredicate(
            "sit-up", .lowestPelvis <= 0.35 && .trunkRises >= 1, count: .trunkRises,
            claims: #"sit-ups?\b"#
                + #"|crunch(es)?\b"#,
            hints: anyLow),
    ]

    private static let anyTrunk =
        #"\bbow|bend|pick|lie|lies|floor|reach|stretch|duck|squat|danc|lean|scoop|sit|tie|clean|wash|sweep"#
        + #"|crouch|exercis"#
        + #"|swing|throw|twist|ground|jump|roll|fall|collaps|hunch|lift|low|knee|push|run|sprint|golf|put|pull|flip"#
        + #"|cartwheel|hop|kick|sneak|climb|land|fight|box|swat|catch"#

    static let trunk: [ActionPredicate] = [
        ActionPredicate(
            "bow", .pitch >= 20 && .pitchGain >= 15 && upright && .reach <= 1, count: .bends,
            claims: #"\bbows?\b"#, unless: #"fashion|drawing|arrow"#, hints: anyTrunk),
        ActionPredicate(
            "bow-deeply", .pitch >= 40 && .pitchGain >= 30 && .lowestPelvis >= 0.7 && .reach <= 1, count: .bends,
            claims: #"\bbows? (deeply|low)|deep bow|bends? (down|over) (at|from) (the )?waist"#,
            hints: anyTrunk),
        ActionPredicate(
            "bend-down", .pitch >= 35 && .lowestHead <= 1, count: .bends, claims: #"\bbends? (down|over)\b"#,
            unless: #"jack|elbow|knee|repeats|squat"#, hints: anyTrunk),
        ActionPredicate(
            "touch-toes", .handToFoot <= 0.3 && .pitch >= 45 && .both(.kneeBendAtReach) <= 75, count: .bends,
            claims: #"touch(es)? (the|his|her|their) (toes|feet)|reach(es)? (down )?(for|to|towards?) (the|his"#
                + #"|her|their) (toes|feet)"#,
            unless: "sit|lie", hints: anyTrunk + "|toe"),
        ActionPredicate(
            "pick-up", .either(.lowestHand) <= 0.58, count: .bends,
            claims: #"picks? (something|an? \w+|it|up)( up)?|scoops? "#,
            unless: "table|fight|guitar|phone|shoulder|knee height|throw|sits|\\bleans",
            hints: anyTrunk),
        ActionPredicate(
            "put-down", .either(.lowestHand) <= 0.6 || .lowestHead <= 1.05,
            claims: #"(puts?|places?|sets?) (something|an? \w+|it)( down)? on the (floor|ground)"#, hints: anyTrunk),
        ActionPredicate(
            "lean-sideways", .sideLean >= 9 && upright,
            claims: #"\b(leans?|bends?) (over |sideways )?(to|towards?) (the|his|her|their) {side}|(tilts"#
                + #"|leans) (\w+ )?{side}"#,
            unless: "pick|down|reach|head|back|forward|run|danc",
            hints: anyTrunk + "|side|sway|tilt|walk|turn|punch|gestur"),
        ActionPredicate(
            "lean-forward", .pitchGain >= 7 && .pitch >= 3 && upright && .reach <= 0.6,
            claims:
                #"\bleans? (the )?(\w+ )?forward"#,
            unless: "pick|sit|back|side", hints: anyTrunk + "|forward|walk|turn|dash|jog|laugh|step|basketball"),
        ActionPredicate(
            "lean-back", .backLean >= 8 && upright, claims: #"\bleans? (\w+ )?back"#, unless: "sit|forward|climb|danc",
            hints: anyTrunk + "|back|celebrat|limbo|walk|laugh|drink|arm|rais|talk"),
        ActionPredicate(
            "twist", .twist >= 22 && .reach <= 1,
            claims: #"twists? (\w+ )*(torso|trunk|waist|body"#
                + #"|upper body)?.*{side}"#,
            unless: "elbow|knee|jump|turn",
            hints: anyTrunk + "|twist|turn|rotat|walk|punch|strik|basketball|look|spin|karate|gestur|point"),
        ActionPredicate(
            "elbow-to-knee", .elbowToKnee <= 0.3, claims: #"\bknee\b.*\b{side} elbow|\b{side} elbow\b.*\bknee"#,
            unless: "arm",
            hints: anyTrunk + "|elbow"),
    ]
}
