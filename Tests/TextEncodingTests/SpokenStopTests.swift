import Testing
import TextEncoding

@Suite struct SpokenStopTests {
    /// Texts and what they mean; `>` begins what is to be done afterwards.
    static let stops: [(kind: SpokenStop.Kind, texts: String)] = [
        (
            .stop,
            """
            stop
            STOP!!!
            please stop
            can you stop right now please
            stop walking
            stop waving your arms around
            hey robot, stop it
            no, no, stop!
            stop, you're going to hit the wall
            careful, stop!
            you are too close, stop
            that's enough
            knock it off
            come to a complete stop
            no more walking
            stop what you're doing
            abort
            I want you to stop moving
            stop for a moment
            terminate the current action
            no more steps
            you've gone far enough
            please cease what you are doing immediately
            terminate
            put the brakes on
            i said cancel
            cancel now
            stop all locomotion immediately
            pull over
            pack it in
            call it a day
            leave it
            take it easy, stop there
            just forget about it and stop
            🛑
            """
        ),
        (
            .hold,
            """
            freeze
            freeze right there!
            do nt move
            gimme a second
            don't move
            Don’t move a muscle
            do not move until I say so
            wait
            wait a second
            hold on
            hang on a minute
            pause
            stand still
            please hold still
            stay where you are
            hold that pose
            keep your position
            let's take a break
            don't take another step
            """
        ),
        (.halt, "halt\nHalt!\nemergency stop\nE-STOP\nthis is an emergency\nhalt immediately"),
        // Misspelt.
        (.stop, "stoooop\nstopp\nsotp\nstpo\nst0p\nS.T.O.P.\ns t o p\nplese stop\nstop walkng\nstop movin"),
        (.hold, "freez\nwiat\ndont mvoe\nhold stil\npuase\nfreeeeze"), (.halt, "hlat\nhaltt\nemergancy stop"),
        // Chinese, Japanese, Korean, German, French, Spanish.
        (
            .stop,
            "停\n请停下\n停下来！\n止まれ\n止まってください\n멈춰\n멈추세요\nstopp\nBleib stehen!\nhör auf\nArrêtez-vous\n¡para!\ndeténgase"
        ),
        (
            .hold,
            "别动\n等一下\n動くな\nちょっと待って\n움직이지 마\n기다려\nnicht bewegen\nwarte\nne bougez pas\nattends\nno te muevas\nespera"
        ),
        (.halt, "紧急停止\n非常停止\n비상정지\nNothalt\narrêt d'urgence\nparada de emergencia"),
    ]

    @Test func `letters without a meaning stop nothing`() {
        // What noise at an open socket makes: a robot that is halted has to be reset by a person.
        let letters = (UInt8(ascii: "!")...UInt8(ascii: "~")).map { String(UnicodeScalar($0)) }
        for text in letters + letters.flatMap({ first in letters.map { first + $0 } })
        where text != "w8" && text != "W8" {
            #expect(SpokenStop(text) == nil, "\(text)")
        }
    }

    @Test(arguments: stops)
    func `whoever says to stop is understood`(kind: SpokenStop.Kind, texts: String) {
        for text in texts.split(separator: "\n").map(String.init) {
            let stop = SpokenStop(text)
            #expect(stop?.kind == kind, "\(text)")
            #expect(stop?.rest == "", "\(text)")
        }
    }

    @Test(arguments: [
        ("stop, then wave", SpokenStop.Kind.stop, "wave"), ("stop and wave twice", .stop, "wave twice"),
        ("Stop! Turn left 90 degrees, then bow.", .stop, "Turn left 90 degrees, then bow."),
        ("wait, then wave", .stop, "wave"), ("wait for a moment, then wave", .stop, "wave"),
        ("stop walking. then, sit down", .stop, "sit down"),
        ("halt, then wave", .halt, "wave"), ("stop because you will fall", .stop, ""),
    ])
    func `what follows a stop is kept`(text: String, kind: SpokenStop.Kind, rest: String) {
        let stop = SpokenStop(text)
        #expect(stop?.kind == kind)
        #expect(stop?.rest == rest)
    }

    @Test(
        arguments: """
            a person stops to wave
            walk to the bus stop
            walk forward, then stop
            a man stops and looks around
            stop the ball with your foot
            walk without stopping
            don't stop walking
            don't stop
            stop at the door
            stop when you reach the wall
            when I clap, stop
            say stop with your hands
            make a stop sign with your hand
            press the emergency stop button
            march and halt like a soldier
            hold a cup
            hold your hands up
            hold on to the railing
            hold a plank
            hold the pose for five seconds
            check your watch while waiting
            walk, stop, walk again
            enough with your left hand
            play freeze tag
            stay crouched
            wait for the bus
            wait three seconds, then wave
            wait for my signal, then wave
            hold until I clap, then turn around
            don't wave
            don't jump
            stand still for ten seconds
            stand still and wave
            stand on one leg
            stay low and crawl
            freeze like a statue for five seconds
            someone freezes in fear
            pause between steps
            step forward
            walk to the shop
            stomp your feet
            stoop down
            gait like a zombie
            move
            the robot stops
            不要停
            走到公交车站
            n'arrête pas
            nicht stehen bleiben
            panic and run away
            quit smoking mime
            leave it on the table
            pull over your sweater
            """.split(separator: "\n").map(String.init))
    func `a word of stopping that means something else stops nothing`(text: String) {
        #expect(SpokenStop(text) == nil)
    }

    @Test(arguments: [
        ("walk until I say stop", "walk"), ("walk forward slowly until I tell you to stop", "walk forward slowly"),
        ("keep dancing till you're told otherwise", "keep dancing"), ("wave until further notice", "wave"),
    ])
    func `motion until a stop goes on as long as any may`(text: String, action: String) {
        let segments = SegmentSplitter.split(text)
        #expect(segments.map(\.text) == [action])
        #expect(segments.first?.duration == Action.openEndDuration)
        #expect(SpokenStop(text) == nil)
    }

    @Test func `any text is read, however odd`() {
        let words = "stop then , . ! and don't wait s t o p hold on 停 until I say walk ' - 1 🛑 é".split(separator: " ")
        var state: UInt64 = 11
        for _ in 0..<3000 {
            var text = ""
            for _ in 0..<9 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                text += words[Int(state >> 33) % words.count] + (state >> 60 < 12 ? " " : "")
            }
            if let stop = SpokenStop(text) { #expect(text.hasSuffix(stop.rest)) }
        }
    }
}
