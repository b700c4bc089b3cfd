import Testing

@testable import TextEncoding

/// Wordings that were written down without a look at what the grammar knows.
@Suite struct StopWordingTests {
    @Test(arguments: [
        // English, as people shout, type and plead.
        "stop", "Stop!", "STOP NOW", "please stop", "stop right there", "stop moving", "stop it", "stop that",
        "stop, please",
        "stop immediately", "stop at once", "stop what you're doing", "could you stop please", "can you please stop",
        "that's enough, stop", "no, stop", "whoa, stop", "just stop", "robot, stop", "stop stop stop", "quit moving",
        "halt", "HALT!", "emergency stop", "e-stop", "estop", "abort", "freeze", "Freeze!", "hold it", "hold on",
        "hold still", "hold your position", "wait", "wait a second", "wait a moment", "wait for me", "don't move",
        "do not move",
        "don't move a muscle", "stay where you are", "stay still", "stand still", "pause", "everybody freeze",
        // As fingers slip.
        "stpo", "sotp", "stopp", "hlat", "freze", "wiat", "dont mvoe", "dont move", "emergancy stop",
        // Other languages.
        "停", "停下", "停止", "别动", "等一下", "紧急停止", "请停下来", "멈춰", "정지", "그만", "움직이지 마", "잠깐 기다려", "멈추세요",
        "止まれ", "止まって", "動くな", "待って", "ストップ", "緊急停止", "止まってください",
        "Stopp", "anhalten", "warte", "nicht bewegen", "keine Bewegung", "bleib stehen", "Not-Aus", "bitte anhalten",
        "sofort stoppen",
        "arrête", "arrêtez", "ne bouge pas", "attends", "arrêt d'urgence", "arrête-toi", "stop s'il te plaît",
        "para", "alto", "detente", "no te muevas", "espera", "parada de emergencia", "deténgase", "para por favor",
        "STOOOP", "st0p", "plz stop", "stop robot!!", "ok stop", "stop for god's sake", "I said stop",
        "stop now, please", "you can stop now", "you should stop now", "time to stop", "knock it off", "cease",
        "come to a stop", "enough!", "hold up", "hang on", "stay put", "stay there", "one moment please", "wait up",
        "wait there", "be still", "keep still", "don't you move", "nobody move", "stop all motion", "stop the robot",
        "halt the robot", "stop everything", "all stop", "stop, stop, stop!", "please just stop it now",
        "will you stop", "would you please wait", "stop this instant", "stop right now!!!", "for heaven's sake stop",
        "hey, stop", "kmmd stop", "stop motion", "emergency", "emergency!!", "quick, stop", "stop imediately",
        "plese stop", "stop noww", "halttt", "haalt", "wait!!", "waait", "dont mov", "freeez", "frezee", "hodl",
        "puase", "stand sitll", "do nto move",
        "hör auf", "Stop bitte", "halt an", "warte mal", "steh still", "aufhören", "Notstopp", "nicht weitergehen",
        "nicht mehr bewegen", "Stillstand", "warte kurz",
        "stoppe", "attendez", "bouge plus", "reste immobile", "arrête de bouger", "arrête tout", "pas un geste",
        "stop immédiatement", "arrete",
        "alto ahí", "quieto", "detén todo", "espera un momento", "basta", "párate", "detenganse", "para ya", "¡Alto!",
        "停住", "站住", "不要动", "等等", "马上停止", "暂停", "急停", "快停下", "停!", "停一下",
        "멈춰!", "스톱", "그만해", "기다려", "움직이지마", "비상정지", "일시정지", "잠깐만", "당장 멈춰",
        "やめて", "やめろ", "停止", "ストップ!", "動かないで", "ちょっと待って", "止まれ!", "待て", "非常停止", "すぐに止まって",
    ])
    func `what people say to stop a robot stops it`(text: String) {
        #expect(SpokenStop(text) != nil)
    }

    @Test(arguments: [
        "a person stops to wave", "walk to the bus stop", "walk until I say stop", "a man stops a ball with his foot",
        "raise your hand like a policeman who says stop", "wave without stopping", "keep walking and don't stop",
        "don't stop",
        "never stop dancing", "dance nonstop", "hold your arms up", "a person holds a box",
        "hold the phone to your ear",
        "hold hands with a child", "a person waits for the bus", "someone waits impatiently, tapping a foot",
        "a dancer does a freeze on one hand", "shiver as if you were freezing",
        "a person halts the traffic with the right hand",
        "act out an emergency", "make an emergency call", "a person pauses to look around, then walks on",
        "press the pause button of a remote", "look at a stopwatch", "pull the emergency brake", "move your arms",
        "stand still for five seconds", "show a stop sign with the left hand", "the goalkeeper stops the shot",
        "hold a plank", "hold onto a railing", "a waiter carries a tray", "lift a heavy weight",
        "step to the top of the stairs",
        "stoop down to pick something up", "stomp your feet", "shop for groceries", "hop", "step", "swap hands",
        "walk with a halting gait", "salt the soup", "squeeze a ball", "fold your arms", "twist your waist",
        "wade through water", "crawl on your paws like a cat", "don't move your feet, only wave",
        "breathe in and hold your breath",
        "a person tries to hold their balance", "wait tables like a waiter", "abort the jump halfway and step down",
        "走到公交车站", "挥手不停", "不停地跳舞", "버스 정류장까지 걸어가", "쉬지 말고 춤춰", "バス停まで歩いて", "止まらずに歩いて", "geh zur Haltestelle",
        "halte die Arme hoch", "ein Mensch hält eine Kiste", "geh ohne anzuhalten", "marche jusqu'à l'arrêt de bus",
        "ne t'arrête pas",
        "marche sans t'arrêter", "camina hasta la parada de autobús", "párate sobre un pie", "no pares de bailar",
        "camina para saludar",
        "walk past the stop sign", "act like a mime stuck behind a wall", "hold a pose like a statue for four seconds",
        "freeze like a statue for 3 seconds", "stay on one leg", "stand on one leg", "keep your balance",
        "do not hurry", "rest your hands on your hips", "pause dramatically between two claps",
        "wave goodbye at the train stop", "go to the halt line", "brake dance", "stand guard", "move aside",
        "hold your left foot behind you", "catch and hold the ball", "hold the handrail and climb",
        "stay low and sneak", "swat a mosquito", "stop a taxi with your hand", "hold out your hand",
        "hold up your left hand", "wait on one knee", "hang from a bar", "cut a slice of bread", "put your foot down",
        "count to ten and clap", "one moment of joy: jump", "a person stands still and then waves",
        "someone walks, stops, and turns around", "pretend to be an emergency doctor", "hang on to the rope and climb",
        "stay in a squat", "keep jumping", "a kid can't stay still", "enough energy to jump twice",
        "warte auf den Bus", "halt die Kiste fest", "hör auf die Musik und tanze", "steh auf",
        "bleib auf einem Bein stehen", "halte das Gleichgewicht",
        "attends le bus en tapant du pied", "reste debout sur un pied", "lève la main pour arrêter un taxi",
        "espera el autobús", "levanta la mano para parar un taxi", "estírate alto como una torre", "ponte de pie",
        "da un paso para atrás",
        "等公交车", "做暂停手势", "站起来", "单脚站立", "原地踏步", "一直走不要停", "バスを待つ人", "立って", "手を止めずに踊って", "立ち上がって手を振る",
        "버스를 기다리는 사람", "서서 손을 흔들어", "일어서", "멈추지 말고 걸어",
    ])
    func `such words in another meaning are motion`(text: String) {
        #expect(SpokenStop(text) == nil)
    }
}
