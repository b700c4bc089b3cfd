extension EverydayPrompt {
    /// The actions by which a model is judged. The predicates were fixed on real clips and are not fitted to any model.
    public static let all: [EverydayPrompt] = [
        EverydayPrompt(
            name: "walk",
            wordings: ["walk forward", "a person walks forward", "a person is walking", "walk straight ahead"],
            rule: "goes forward 0.8 m or more, its fastest second between 0.4 and 2 m/s, never 0.1 s in the air",
            isShown: {
                $0.forwardTravel >= 0.8 && $0.forwardSpeed >= 0.4 && $0.fastestSecond <= 2 && $0.airTime <= 0.1
            },
            captions: CaptionRule(
                claims: #"\bwalk(s|ed|ing)?\b"#,
                unless: #"turn|\bback|veer|side|drift|left|right|jump|hop|spin|duck|climb|circle|around|angle|uneven"#
                    + #"|stealth|digital|sway|danc|karate|squat|dribbl|bounc|basketball|ladder|stair|steps? up|ramp"#
                    + #"|cartwheel|crouch|\brun|jog|stop|stand|slash|pattern|ovular|dia|curv|bend|over|down|then|hand"#
                    + #"|arm|shape|fight|punch|box"#,
                hints: #"\bwalk|step|strid|dribbl|navigat|march|sneak|strut|pace"#)),
        EverydayPrompt(
            name: "run",
            wordings: ["run forward", "a person runs forward", "a person is running", "run straight ahead"],
            rule: "its fastest second forward at 1.6 m/s or more, a knee bent by 80° or more",
            isShown: { $0.forwardSpeed >= 1.6 && $0.kneeBend.larger >= 80 },
            captions: CaptionRule(
                claims: #"\b(run(s|ning)?|sprint(s|ing)?|dash(es|ing)?)\b"#,
                unless: #"turn|\bback|veer|side|left|right|jump|leap|hop|spin|duck|climb|jog|stop|stand|curv|circle"#
                    + #"|walk|over|under|dive|step|place|squat|arm|hand|crouch|stumbl|then|pause|umps|hurdle"#,
                hints: #"\b(run|sprint|dash|jog)"#)),
        EverydayPrompt(
            name: "jog",
            wordings: ["jog", "a person jogs forward", "a person is jogging", "jog forward at an easy pace"],
            rule: "as run, and not faster than 4.5 m/s",
            isShown: { $0.forwardSpeed >= 1.6 && $0.forwardSpeed <= 4.5 && $0.kneeBend.larger >= 80 },
            captions: CaptionRule(
                claims: #"\bjog(s|ging)?\b"#,
                unless: #"turn|veer|stop|place|spot|jack|squat|twist|stretch|warm|ramp|left|then"#,
                hints: #"\b(run|sprint|dash|jog)"#)),
        EverydayPrompt(
            name: "jump",
            wordings: ["jump", "a person jumps", "a person jumps up in the air", "jump forward"],
            rule: "both feet 12 cm off the floor together, pelvis 10 cm over its median",
            isShown: { $0.footClearance >= 0.12 && $0.rise >= 0.1 },
            captions: CaptionRule(
                claims: #"\b(jumps?|jumped|jumping|leaps?)\b"#,
                unless: #"jack|grab|jumpshot|hop|duck|dance|ballet|climb|playground|balance|hunker|hands?|wrist|arms"#,
                hints: #"\b(jump|leap|hop|umps|hurdle|skip|jete|acrobat|flip|cartwheel|tumbl)"#)),
        EverydayPrompt(
            name: "hop",
            wordings: ["hop", "a person hops", "a person hops once on both legs", "hop forward"],
            rule: "both feet 9 cm off the floor together, 0.2 s in the air",
            isShown: { $0.footClearance >= 0.09 && $0.airTime >= 0.2 },
            captions: CaptionRule(
                claims: #"\bhop(s|ped|ping)?\b"#, unless: #"walk|spin"#,
                hints: #"\b(jump|leap|hop|umps|hurdle|skip|jete|acrobat|flip|cartwheel)"#)),
        EverydayPrompt(
            name: "turn left",
            wordings: ["turn left", "a person turns left", "a person walks and turns left", "turn to the left"],
            rule: "heading 45° or more to the left in the end, never 60° to the right",
            isShown: { $0.turn >= 45 && $0.rightmostTurn < 60 },
            captions: CaptionRule(
                claims: #"turn(s|ing)?( to (the|his|her|their))? left|left turn"#,
                unless: #"right|around|head|hands?\b"#,
                hints: #"turn|circle|clockwise|spin|pirouet|around|left|shape|veer|curv|navigat|bend|dance|walks back"#
                    + #"|zig|flip|cartwheel"#)),
        EverydayPrompt(
            name: "turn right",
            wordings: ["turn right", "a person turns right", "a person walks and turns right", "turn to the right"],
            rule: "heading 45° or more to the right in the end, never 60° to the left",
            isShown: { $0.turn <= -45 && $0.leftmostTurn < 60 },
            captions: CaptionRule(
                claims: #"turn(s|ing)?( to (the|his|her|their))? right|right turn"#,
                unless: #"left|around|head|hands?\b"#,
                hints: #"turn|circle|clockwise|spin|pirouet|around|right|shape|veer|curv|navigat|bend|dance|walks back"#
                    + #"|zig|flip|cartwheel"#)),
        EverydayPrompt(
            name: "turn around",
            wordings: [
                "turn around", "a person turns around", "a person walks and turns around", "turn by 180 degrees",
            ],
            rule: "heading 135° or more away from the first one",
            isShown: { max($0.leftmostTurn, $0.rightmostTurn) >= 135 },
            captions: CaptionRule(
                claims: #"turn(s|ed|ing)?( completely)? around|turns? and walks? back|turns and walks the other"#,
                unless: #"left angle|looks where"#,
                hints: #"turn|circle|clockwise|spin|pirouet|around|shape|navigat|dance|walks? back|zig|flip|cartwheel"#
                    + #"|pace"#)),
        EverydayPrompt(
            name: "sidestep left",
            wordings: [
                "sidestep left", "a person sidesteps to the left", "a person steps sideways to the left",
                "walk sideways to the left",
            ],
            rule: "30 cm or more to the left, and farther to the left than forward or back",
            isShown: { $0.leftTravel >= 0.3 && $0.leftTravel > abs($0.forwardTravel) },
            captions: CaptionRule(
                claims: #"(sidesteps?|side steps?|sideways|shuffles?)\b.*\bleft"#,
                unless: #"right|\brun side|forward|leading"#, hints: #"side|shuffl|left"#)),
        EverydayPrompt(
            name: "sidestep right",
            wordings: [
                "sidestep right", "a person sidesteps to the right", "a person steps sideways to the right",
                "walk sideways to the right",
            ],
            rule: "30 cm or more to the right, and farther to the right than forward or back",
            isShown: { -$0.leftTravel >= 0.3 && -$0.leftTravel > abs($0.forwardTravel) },
            captions: CaptionRule(
                claims: #"(sidesteps?|side steps?|sideways|shuffles?)\b.*\bright"#,
                unless: #"left|\brun side|forward|leading"#, hints: #"side|shuffl|right"#)),
        EverydayPrompt(
            name: "walk backwards",
            wordings: [
                "walk backwards", "a person walks backwards", "a person walks backward slowly", "step backwards",
            ],
            rule: "50 cm or more back, its fastest second backward at 0.35 m/s or more",
            isShown: { $0.forwardTravel <= -0.5 && $0.backwardSpeed >= 0.35 },
            captions: CaptionRule(
                claims: #"\b(walk|walks|walked|walking)\b.*\bbackwards?\b"#,
                unless: #"forward|turn|foreward|dribbl|sideways|then|karate"#, hints: #"back|navigat"#)),
        EverydayPrompt(
            name: "wave right hand",
            wordings: [
                "wave with the right hand", "a person waves the right hand", "a person is waving with their right hand",
                "wave your right hand",
            ],
            rule: "the right wrist, raised, turns back 3 times or more, and more often than the left one",
            isShown: { $0.waves.right >= 3 && $0.waves.right > $0.waves.left },
            captions: CaptionRule(
                claims: #"wav(es?|ing) the(ir)? right"#, unless: #"then"#,
                hints: #"wav|rais|lift|direct|right (hand|arm)|goodbye|bye|both|hands|arms|danc|shows|calls|respond"#)),
        EverydayPrompt(
            name: "wave left hand",
            wordings: [
                "wave with the left hand", "a person waves the left hand", "a person is waving with their left hand",
                "wave your left hand",
            ],
            rule: "the left wrist, raised, turns back 3 times or more, and more often than the right one",
            isShown: { $0.waves.left >= 3 && $0.waves.left > $0.waves.right },
            captions: CaptionRule(
                claims: #"wav(es?|ing) the(ir)? left"#, unless: #"then"#,
                hints: #"wav|rais|lift|direct|left (hand|arm)|goodbye|bye|both|hands|arms|danc|shows|calls|respond"#)),
        EverydayPrompt(
            name: "raise both arms",
            wordings: [
                "raise both arms", "a person raises both arms", "a person lifts both hands over the head",
                "raise your arms",
            ],
            rule: "both wrists together at the height of the shoulders (5 cm less will do)",
            isShown: { $0.bothHands >= -0.05 },
            captions: CaptionRule(
                claims: #"rais(es?|ed|ing) both|raises? (the |their )?(arms|hands)\b|lifts? both"#,
                unless: #"chest|shoulder|claw|leg|stretch"#,
                hints:
                    #"rais|lift|both|arms|hands|danc|ballet|reach|stretch|climb|ladder|throw|overhead|cartwheel|flip"#)
        ),
        EverydayPrompt(
            name: "punch",
            wordings: ["punch", "a person punches", "a person throws a punch", "punch forward with the right hand"],
            rule: "an arm lengthens ahead at shoulder height at 0.8 m/s while the wrist goes forward at 1.2 m/s",
            isShown: { $0.punch >= 1 },
            captions: CaptionRule(
                claims: #"punch|\bbox(es|ing)\b"#, unless: #"stance|throw|ping|sidewards"#,
                hints: #"punch|box|fight|karate|martial|strik|kick|sword|slash|basketball|dribbl"#)),
        EverydayPrompt(
            name: "kick",
            wordings: ["kick", "a person kicks", "a person kicks forward with the left leg", "kick a ball"],
            rule: "an ankle 30 cm up and 25 cm ahead of its hip while the other foot stands",
            isShown: { $0.kick.larger >= 0.3 },
            captions: CaptionRule(
                claims: #"\bkick"#, unless: #"danc|ballet|spin|punch|swings"#,
                hints: #"kick|danc|ballet|karate|martial|fight|soccer|jump|leap|hop|run|knee"#)),
        EverydayPrompt(
            name: "throw",
            wordings: ["throw a ball", "a person throws a ball", "a person throws something forward", "throw"],
            rule: "an arm over the shoulder lengthens ahead and the wrist goes forward, both at 0.4 m/s",
            isShown: { $0.overhandThrow >= 0.4 },
            captions: CaptionRule(
                claims: #"\bthrows\b"#, unless: #"punch|combinations"#, hints: #"throw|toss|pitch|shot|punch"#)),
        EverydayPrompt(
            name: "squat",
            wordings: ["squat", "a person squats", "a person does a squat", "squat down"],
            rule: "pelvis down to 60 cm, both knees bent by 100° or more",
            isShown: { $0.lowestPelvis <= 0.6 && $0.kneeBend.smaller >= 100 },
            captions: CaptionRule(
                claims: #"\bsquats?\b"#, unless: #"jack|walking|fights?|twist|knees facing|wiggles|foot|feet"#,
                hints: #"squat|crouch|bend|duck|sit|low|pick|lie|lies|floor|exercis|jack"#)),
        EverydayPrompt(
            name: "sit down",
            wordings: ["sit down", "a person sits down", "a person sits down on a chair", "take a seat"],
            rule: "both thighs 55° or more from the vertical for a second",
            isShown: { $0.thighsLevel >= 1 },
            captions: CaptionRule(
                claims: #"\bsits? (down )?on|sits down"#, unless: #"ladder"#,
                hints: #"\bsit|squat|crouch|duck|lies|floor|exercis|jack"#)),
        EverydayPrompt(
            name: "stand still",
            wordings: ["stand still", "a person stands still", "a person is standing", "do not move"],
            rule: "wrists slower than 0.25 m/s, all joints on average slower than 0.2, the pelvis slower than 0.15 "
                + "for nine tenths of the time; pelvis 75 cm or higher, trunk within 20° of the vertical",
            isShown: {
                $0.wristSpeed <= 0.25 && $0.jointSpeed <= 0.2 && $0.usualSpeed <= 0.15 && $0.lowestPelvis >= 0.75
                    && $0.medianTilt <= 20
            },
            captions: CaptionRule(
                claims: #"\bstands? still|standing still|just stands"#, unless: #"basketball|signals|moment"#,
                hints: #"stand|still|pose|balanc"#)),
        EverydayPrompt(
            name: "bow",
            wordings: ["bow", "a person bows", "a person takes a bow", "bow politely"],
            rule:
                "trunk 20° or more forward and 15° more than before, pelvis 75 cm or higher, within 0.7 m of its place",
            isShown: {
                $0.pitch >= 20 && $0.pitchGain >= 15 && $0.lowestPelvis >= 0.75 && abs($0.forwardTravel) < 0.7
            },
            captions: CaptionRule(
                claims: #"\bbows?\b"#, unless: #"fashion"#,
                hints: #"\bbow|bend|pick|lie|floor|reach|stretch|duck|squat|danc"#)),
        EverydayPrompt(
            name: "bend down",
            wordings: [
                "bend down", "a person bends down", "a person bends over",
                "bend down and pick something up from the floor",
            ],
            rule: "trunk 35° or more forward, head down to 90 cm",
            isShown: { $0.pitch >= 35 && $0.lowestHead <= 0.9 },
            captions: CaptionRule(
                claims: #"\bbends? (down|over)\b"#, unless: #"jack|elbow|knee exercise|repeats|squat"#,
                hints: #"bend|bow|pick|lie|lies|floor|squat|duck|crouch|scoop|jack|exercis|sit|tie|clean|wash|sweep"#)),
        EverydayPrompt(
            name: "dance",
            wordings: ["dance", "a person dances", "a person is dancing", "dance around"],
            rule:
                "a wrist within 20 cm under its shoulder or higher, the other within 30 cm, trunk leaning 12° or more, "
                + "a foot 8.5 cm up or a turn of 28° or a lean of 8° to a side, never as fast as 1.5 m/s",
            isShown: {
                $0.handHeight.larger >= -0.2 && $0.handHeight.smaller >= -0.3 && $0.tilt >= 12 && $0.usualSpeed <= 1.5
                    && ($0.footHeight.larger >= 0.085 || $0.leftmostTurn + $0.rightmostTurn >= 28 || $0.roll >= 8)
            },
            captions: CaptionRule(
                claims: #"\bdanc"#, unless: #"static|pos(e|ing)\b|teapot|head"#,
                hints: #"danc|ballet|pirouet|arabesque|jete|ballerina|spin"#)),
    ]
}
