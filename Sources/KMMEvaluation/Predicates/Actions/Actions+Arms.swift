extension ActionPredicate {
    private static let anyArm =
        #"wav|rais|lift|both|arms?\b|hands?\b|danc|ballet|reach|stretch|climb|ladder|throw|overhead|cartwheel"#
        + #"|flip|goodbye"#
        + #"|bye|direct|shows|calls|respond|guide|point|grab|catch|swat|punch|box|basketball|jack|exercis"#
        + #"|signal|gestur"#
        + #"|martial|fight|karate|push|pull|swing|dribbl|yoga|talk|celebrat|victory|sword|slash|refuse|swim"#
        + #"|play|stop"#
        + #"|say|drink|eat|wash|clean|salsa|fist|golf|greet|hold|open|shrug|offer|sweep|guitar|jab|dab|spell|torch"#
        + #"|clap|scratch|shiver|mouth|fix|work|crawl|push|beg|plead|hug|head|chest"#

    static let gestures: [ActionPredicate] = [
        ActionPredicate(
            "wave", .waves >= 3 && .excess(.waves) >= 1, count: .waveCycles,
            claims: #"wav(es?|ing) (with )?(the|their|his|her) {side}( hand| arm)?\b"#,
            unless: #"then|refus|say no|both|away|off"#, hints: anyArm),
        ActionPredicate(
            "wave-both", .both(.waves) >= 1 && .bothHands >= -0.1, count: .both(.waveCycles),
            claims: #"wav(es?|ing) (with )?both (hands|arms)"#, unless: "then|refus|away", hints: anyArm),
        ActionPredicate(
            "raise-hand", .handHeight >= -0.07 && .excess(.handHeight) >= 0.1, count: .raises,
            claims: #"(rais|lift)(es?|s|ed|ing) (the|their|his|her) {side} (hand|arm)\b"#,
            unless: #"both|then|talk|point|example|leg|foot|gestur|shoulder|waist"#, hints: anyArm),
        ActionPredicate(
            "raise-arms", .bothHands >= -0.05, count: .raisesTogether,
            claims: #"rais(es?|ed|ing) both|raises? (the |their |his |her )?(arms|hands)\b|lifts? both"#,
            unless: #"chest|shoulder|claw|leg|stretch|defend|talk"#, hints: anyArm),
        ActionPredicate(
            "arms-out", .armsOutTime >= 0.4,
            claims: #"t-?pose|(spreads?|holds?|stretch\w*"#
                + #"|extends?) (\w+ )?(arms|hands) (out )?(to the|to (both|his|her|their)) sides?"#
                + #"|arms outstretched|spreads both arms"#,
            unless: "balance|why|circle|flap|danc|land", hints: anyArm + "|balanc|plane|bird|spread"),
        ActionPredicate(
            "arms-ahead", .armsAheadTime >= 0.4,
            claims: #"(holds?|stretch\w*|extends?|reach\w*) (both )?(\w+ )?(arms"#
                + #"|hands) (out )?(straight )?(forward|in front|ahead)|zombie"#,
            unless: "circle|chest|beg|clap|swing|gestur|refuse|left|right", hints: anyArm),
        ActionPredicate(
            "point-ahead", .handAhead >= 0.25 && .excess(.handAhead) >= 0.1 && .handHeight >= -0.4,
            claims: #"points? (straight ahead|forward|at someone in front|at the viewer"#
                + #"|ahead)( with the {side} hand)"#,
            unless: "both|down|up", hints: anyArm),
        ActionPredicate(
            "point-sideways", .handToSide >= 0.36 && .reach <= 0.5,
            claims: #"points? (to the|at someone on the) {side}"#
                + #"|reaches out to the {side} at shoulder"#,
            unless: "both|down|up|turn", hints: anyArm + "|turn|side"),
        ActionPredicate(
            "point-up", .handHeight >= 0 && .excess(.handHeight) >= 0.15,
            claims: #"points? (up|at the ceiling|to the (sky|ceiling))"#,
            unless: "both|then", hints: anyArm),
        ActionPredicate(
            "point-down", .either(.pointDownTime) >= 0.2 && .reach <= 0.4,
            claims: #"points? (down|at the floor|to the (floor"#
                + #"|ground))"#,
            unless: "then", hints: anyArm + "|bend|pick|crouch|floor|sit"),
        ActionPredicate(
            "hold-out-hand", .handAhead >= 0.1 && .excess(.handAhead) >= 0.08 && .handHeight <= 0.05,
            claims: #"(holds? out|offers?|extends?)( \w+)?( \w+)? the {side} (hand|arm)"#
                + #"|with the {side} hand (to|and) (take|shake)|handshake"#,
            unless: "keeps|both|point", hints: anyArm + "|hand"),
        ActionPredicate(
            "stop-gesture", .palmOutTime >= 0.4 && .excess(.palmOutTime) >= 0.2,
            claims: #"(holds up|signals stop with|gestures stop with) the {side} hand"#, unless: "both|big|on the",
            hints: anyArm),
        ActionPredicate(
            "clap", .claps >= 2, count: .claps, claims: #"\bclap(s|ping)?\b|applau"#, unless: "once|then",
            hints: anyArm + "|clap|together|rub|pray"),
        ActionPredicate(
            "clap-overhead", .highClaps >= 1, count: .highClaps, claims: #"claps?.*(over|above)"#, hints: anyArm),
        ActionPredicate(
            "hands-together", .handsTogetherTime >= 0.4,
            claims: #"pray|(brings|puts|folds|holds|moves) (both |the |their )?hands together|folds the hands"#
                + #"|namaste|prays"#,
            unless: "then|clap|talk", hints: anyArm + "|together|pray|clap|rub"),
        ActionPredicate(
            "swing-arms", .both(.strokes) >= 4 && .reach <= 1,
            claims: #"swing(s|ing) (\w+ )?(arms|hands)|shak(es|ing) ((\w+ )?arms|\w+ hands)"#,
            unless: "walk|run|jog|step|lean|danc|flip|then|refus|say no",
            hints: anyArm + "|run|walk|jog|jump"),
        ActionPredicate(
            "arm-circles", .either(.armCircles) >= 0.75, count: .either(.armCircles),
            claims: #"(rotates|circles|windmills?) (both |the |their )?arms|arm circles|backstroke"#,
            unless: "then|front", hints: anyArm + "|circle|rotat|swim|throw|walk|run"),
        ActionPredicate(
            "flap-arms", .elbowFlaps >= 2, count: .elbowFlaps, claims: #"\bflap(s|ping)?\b"#,
            hints: anyArm + "|flap|bird|chicken|jump"),
        ActionPredicate(
            "open-arms", .both(.handToOwnSide) >= 0.285 && .reach <= 0.6,
            claims: #"(opens|spreads|sweeps|throws) both arms|spreads the arms|opens both arms"#, unless: "angr|then",
            hints: anyArm + "|spread|balanc|danc"),
        ActionPredicate(
            "push", .both(.handAhead) >= 0.38 && .bothHands <= 0.2, count: .both(.thrusts),
            claims: #"\bpush(es|ing)? (\w+ )*(away|something|forward|with both)"#
                + #""#,
            unless: "push-?up|one|left|right", hints: anyArm),
        ActionPredicate(
            "pull", .both(.thrusts) >= 2 && .reach <= 0.8, count: .both(.thrusts),
            claims: #"\bpulls? (on |a |the |something)"#, unless: "stretch|across|knee", hints: anyArm + "|row"),
        ActionPredicate(
            "beckon", .handAhead >= 0.2 && .excess(.handAhead) >= 0.1 && .smallStrokes >= 3,
            claims: #"beckon"#
                + #"|come (here|closer)|calls someone"#,
            hints: anyArm),
        ActionPredicate(
            "shrug", .shoulderSpan >= 0.006 && .reach <= 0.15 && .bothHands <= 0 && .pitchGain <= 8,
            count: .shoulderRises,
            claims: #"\bshrugs?\b"#, unless: "sit", hints: anyArm + "|shrug|shoulder|breath|laugh|cough"),
        ActionPredicate(
            "nod", .nods >= 1 && .reach <= 0.2 && .tilt <= 25, count: .nods,
            claims:
                #"\bnods?\b"#,
            unless: "sit", hints: "nod|look|head|talk|bow|bend|laugh|listen|breath|yes|say|hand|gestur|pick|sit|think"),
        ActionPredicate(
            "shake-head", .headShakes >= 2 && .reach <= 0.6, count: .headShakes,
            claims: #"shakes? (the|his|her|their) head"#, unless: "sit|hand",
            hints: "shak|look|head|talk|turn|no\\b|listen|refus|danc|hand|gestur|confus|dizzy|twist|sway|shiver"),
        ActionPredicate(
            "look-sideways", .headYaw >= 25 && .reach <= 0.6,
            claims: #"\blooks? (over )?(to|towards?) (the|his|her"#
                + #"|their) {side}|looks? {side}"#,
            unless: "down|sit|walk|then|turn", hints: "look|turn|head|danc|reach|spin|twist|point|shoulder|side"),
        ActionPredicate(
            "look-up", .headUpGain >= 18 && .reach <= 0.8, claims: #"\blooks? (up|at the (sky|ceiling))"#,
            unless: "down|then",
            hints: "look|head|reach|up|danc|lie|lean|bend|drink|climb|jump|flip|roll|sit"),
        ActionPredicate(
            "look-down", .headDown >= 15 && .reach <= 0.8, claims: #"\blooks? (down|at the (floor|ground))"#,
            unless: "up|sit|walk",
            hints:
                "look|head|bend|down|bow|pick|floor|crouch|danc|lie|roll|sit|nod|tie|squat|sneak|push|lean|swing|golf|jump"
        ),
        ActionPredicate(
            "tilt-head", .headTilt >= 12 && .reach <= 0.6,
            claims: #"tilts? (the|his|her"#
                + #"|their) head (to the )?{side}"#,
            hints: "head|tilt|lean|danc|bend|toss|look|neck|stretch|side"),
    ]

    static let touches: [ActionPredicate] = [
        ActionPredicate(
            "hands-on-hips", .handsOnHips >= 0.4 && .both(.armBend) >= 0.07,
            claims: #"(both )?hands on (the"#
                + #"|his|her|their) (hips|waist)"#,
            unless: "off|one|left|right|then", hints: anyArm + "|hip|akimbo|superhero"),
        ActionPredicate(
            "hand-on-hip", .onHip >= 0.4 && .armBend >= 0.05 && .reach <= 0.8,
            claims:
                #"{side} hand on the hip"#, unless: "off|both",
            hints: anyArm + "|hip|superhero"),
        ActionPredicate(
            "cross-arms", .armsCrossed >= 0.4,
            claims: #"(cross(es)?|folds?) (the |his |her |their )?arms"#
                + #"|arms crossed"#,
            unless: "legs|over the other", hints: anyArm + "|cross|fold"),
        ActionPredicate(
            "hands-behind-back", .handsBehindBack >= 0.4, claims: #"hands (\w+ )?behind (the|his|her|their) back"#,
            hints: anyArm + "|behind|back"),
        ActionPredicate(
            "hands-behind-head", .handsOnNape >= 0.4, claims: #"hands (\w+ )?behind (the|his|her|their) head"#,
            hints: anyArm),
        ActionPredicate(
            "hands-on-head", .handsOnHead >= 0.3 || .handsOnNape >= 0.3,
            claims: #"hands (on|over) (\w+ )?(the|his|her|their) head|(covers|protects) the head"#,
            hints: anyArm + "|duck"),
        ActionPredicate(
            "hands-on-knees", .handsOnKnees >= 0.4,
            claims: #"hands on (the|his|her|their) knees|catches? (his"#
                + #"|her|their) breath"#,
            hints: anyArm + "|knee|bend|squat|crouch|sit|duck|pick"),
        ActionPredicate(
            "cover-face", .handsOnFace >= 0.3,
            claims: #"covers? (the|his|her|their) (face|eyes"#
                + #"|mouth)( with both hands)?"#,
            hints: anyArm + "|face|eye|cry"),
        ActionPredicate(
            "cover-ears", .handsOnEars >= 0.3, claims: #"covers? (the|his|her|their) ears"#, hints: anyArm + "|ear"),
        ActionPredicate(
            "hand-to-face", .onFace >= 0.2,
            claims: #"to the (mouth|chin|face|nose)|(touches|scratches|wipes|rubs) (the|his|her|their) (face"#
                + #"|nose|chin|cheek|mouth)|drinks? |hand on the chin|rests the chin|coughs|\beats\b"#
                + #"|brush\w* (the|his|her|their) teeth"#,
            unless: "sit", hints: anyArm + "|drink|eat|mouth|face|think|phone|chin|wipe|smok"),
        ActionPredicate(
            "hand-to-head", .onHead >= 0.2 || .onForehead >= 0.2 || .onEar >= 0.2 || .onNape >= 0.2,
            claims: #"(scratch|touch|rub|pat)(es|s) (\w+ ){0,3}(head|temple|hair|forehead)|salut|on the phone"#
                + #"|\bcombs?\b"#,
            unless: "sit", hints: anyArm + "|head|think|phone|confus"),
        ActionPredicate(
            "salute", .onForehead >= 0.3 && .handHeight >= 0.05, claims: #"\bsalut"#, hints: anyArm + "|salut|head"),
        ActionPredicate(
            "hand-to-ear", .onEar >= 0.3,
            claims: #"(hand|phone) (to|at|on) (the|his|her|their) ear"#
                + #"|on the phone|phone call|telephone"#,
            hints: anyArm + "|phone|ear|head"),
        ActionPredicate(
            "hand-on-chest", .onChest >= 0.25,
            claims: #"(brings|puts|lays|places) (the|a|his|her|their) {side} hand (to|on) the (chest|heart)"#
                + #"|points at themselves with the {side}|scratches the chest with the {side}"#,
            hints: anyArm + "|chest|heart|themsel"),
        ActionPredicate(
            "hands-on-chest", .handsOnChest >= 0.25,
            claims: #"both hands (to|on) the chest|points at themselves with both|beats? (the|his|her|their) chest"#,
            hints: anyArm + "|chest"),
        ActionPredicate(
            "rub-belly", .onBelly >= 0.4, claims: #"(rubs|pats|holds) (the|his|her|their) (belly|stomach|tummy)"#,
            hints: anyArm + "|belly|stomach"),
        ActionPredicate(
            "hug-self", .handsOnOtherShoulders >= 0.3, claims: #"hugs? (himself|herself|themselves)"#,
            hints: anyArm + "|hug|shiver|cold"),
        ActionPredicate(
            "touch-other-shoulder", .onOtherShoulder >= 0.2,
            claims: #"(hand|touch\w*|pulls an arm) (\w+ )*(to|on|across) (the|his|her|their) (other |opposite "#
                + #"|left |right )?(shoulder|chest to stretch)"#,
            hints: anyArm + "|shoulder"),
    ]
}
