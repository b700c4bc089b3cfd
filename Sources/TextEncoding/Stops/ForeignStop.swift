/// The few commands to stop of Chinese, Korean, Japanese, German, French and Spanish.
///
/// As in English, a text means a stop when it is made of nothing but them and of fillers.
enum ForeignStop {
    /// What a text says to do at once; nil when it says something else.
    static func kind(of text: String) -> SpokenStop.Kind? {
        // Without marks and spaces: Chinese and Japanese have none, and the others are as clear without.
        let letters = text.reduce(into: [Character]()) { letters, character in
            if character.isLetter || character.isNumber { letters += Spelling.folded(character) }
        }
        guard letters.count <= longest, entries.contains(where: { letters.starts(with: $0.phrase) }) else { return nil }
        // What is said from a letter to the end, from back to front; nil where something would be left over.
        var said: [(isWhole: Bool, kind: SpokenStop.Kind?)] = Array(repeating: (false, nil), count: letters.count + 1)
        said[letters.count] = (true, nil)
        for start in letters.indices.reversed() {
            let rest = letters[start...]
            let found = entries.first { rest.starts(with: $0.phrase) && said[start + $0.phrase.count].isWhole }
            guard let found else { continue }
            let later = said[start + found.phrase.count].kind
            said[start] = (true, [found.kind, later].compactMap(\.self).max())
        }
        return said[0].kind
    }

    /// Letters of a text that may be a stop.
    private static let longest = 120

    private struct Entry {
        var phrase: [Character]
        /// Nil for a filler.
        var kind: SpokenStop.Kind?
    }

    /// The longest first, so that none hides another that begins with it.
    private static let entries: [Entry] = {
        let all: [(SpokenStop.Kind?, String)] = [(.stop, stops), (.hold, holds), (.halt, halts), (nil, fillers)]
        let entries = all.flatMap { kind, text in
            text.split { $0 == "," || $0.isNewline }.map { phrase in
                Entry(
                    phrase: phrase.reduce(into: []) { $0 += $1.isLetter ? Array(Spelling.folded($1)) : [] }, kind: kind)
            }
        }
        return entries.filter { !$0.phrase.isEmpty }.sorted { $0.phrase.count > $1.phrase.count }
    }()

    private static let stops = """
        停, 停止, 停下, 停下来, 停下來, 停住, 停一下, 停止动作, 停止運動, 停止运动, 站住, 住手, 别走了, 不要走了, 别走, 够了, 快停
        とまれ, 止まれ, とまって, 止まって, 止めて, 止めろ, とめて, やめて, やめろ, やめなさい, ストップ, 停止, 停止しろ, 停止して, 止まりなさい, もういい
        멈춰, 멈춰라, 멈추세요, 멈추십시오, 멈추어, 멈춤, 정지, 정지해, 정지하세요, 그만, 그만해, 그만해요, 그만하세요, 스톱, 스탑, 중지, 중단, 서라, 걷지마
        stopp, stoppen, anhalten, halt an, halte an, haltet an, stehenbleiben, stehen bleiben, bleib stehen, bleibe stehen, bleiben sie stehen, aufhören, aufhoeren, hör auf, hoer auf, höre auf, hören sie auf, hör auf damit, es reicht, genug, schluss, schluss jetzt, nicht weiter, lauf nicht weiter, nicht weitergehen, hör auf zu laufen, hör auf zu gehen, hör auf zu tanzen, bremse, bremsen, stoppt, stillstand, alles anhalten
        arrête, arrêtez, arrête toi, arrêtez vous, arrête de bouger, arrêtez de bouger, arrête de marcher, arrêtez de marcher, arrête ça, arrêtez ça, arrêter, on arrête, stoppe, stoppez, halte, ça suffit, assez, stop
        para, pare, párate, párese, parar, parad, deténte, detente, deténgase, detener, detenerse, detengan, deténganse, detén, paren, alto, alto ahí, alto ya, basta, basta ya, ya basta, para de caminar, deja de caminar, deja de moverte, para de moverte, para ya, frena, stop
        """

    private static let holds = """
        等, 等等, 等一等, 等一下, 等一会, 等一会儿, 稍等, 稍等一下, 暂停, 暫停, 别动, 別動, 不要动, 不要動, 不许动, 不准动, 勿动, 站着别动, 原地不动, 保持不动, 定住, 冻结
        待って, まって, 待て, まて, 待ちなさい, ちょっと待って, ちょっとまって, 少し待って, お待ち, お待ちください, 待機, 一時停止, 動くな, うごくな, 動かないで, うごかないで, じっとして, じっとしていて, そのまま, そのままで, 静止, フリーズ
        기다려, 기다려라, 기다려요, 기다리세요, 기다려주세요, 잠깐, 잠깐만, 잠깐만요, 잠시만, 잠시만요, 잠시 멈춰, 잠깐 멈춰, 일시 정지, 일시정지, 움직이지 마, 움직이지 마라, 움직이지 마세요, 움직이지 말아, 가만히 있어, 가만히 있으세요, 가만있어, 대기, 꼼짝 마, 꼼짝하지 마, 얼어
        warte, warten, warten sie, wart mal, warte mal, warte kurz, moment, moment mal, einen moment, pause, pausieren, nicht bewegen, nicht mehr bewegen, beweg dich nicht mehr, keine bewegung mehr, keinen schritt mehr, beweg dich nicht, bewege dich nicht, bewegen sie sich nicht, keine bewegung, stillgestanden, still stehen, stillstehen, steh still, stehe still, halt still, bleib so, bleib ruhig stehen, einfrieren, erstarre, keinen schritt weiter
        attends, attendez, attends un peu, un instant, un moment, une seconde, pause, ne bouge pas, ne bougez pas, ne bouge plus, ne bougez plus, bouge pas, bougez pas, bouge plus, bougez plus, on ne bouge plus, plus un geste, pas un geste, reste immobile, restez immobile, immobile, fige toi, figez vous, reste là, restez là, ne bouge surtout pas
        espera, espere, esperad, espérate, espera un momento, un momento, un segundo, pausa, no te muevas, no se mueva, no os mováis, no moverse, quieto, quieta, quédate quieto, quédese quieto, estate quieto, congélate, inmóvil, ni un paso más
        """

    private static let halts = """
        急停, 紧急停止, 緊急停止, 紧急制动, 紧急刹车, 紧急
        緊急停止, 非常停止, 緊急
        비상정지, 비상 정지, 긴급정지, 긴급 정지, 비상, 긴급
        notstopp, not stopp, nothalt, not halt, notaus, not aus, notbremse
        arrêt d'urgence, arrêt immédiat, urgence
        parada de emergencia, paro de emergencia, alto de emergencia, emergencia
        """

    private static let fillers = """
        请, 請, 快, 马上, 立刻, 立即, 现在, 赶紧, 赶快, 吧, 了, 啊, 呀, 机器人, 你, 给我, 一下, 都, 喂
        ください, 下さい, すぐ, すぐに, 今すぐ, いますぐ, 今, いま, ロボット, お願い, お願いします, おい, よ, ね, もう, して
        제발, 당장, 지금, 즉시, 빨리, 바로, 로봇, 로봇아, 야, 요, 좀, 거기, 주세요
        bitte, sofort, jetzt, roboter, mal, alles, alle, alle zusammen, los, doch, endlich, auf der stelle, hier, da, dort, hey, nein
        s'il te plaît, s'il vous plaît, svp, stp, maintenant, tout de suite, immédiatement, le robot, robot, tout, tout le monde, là, ici, hé, non
        por favor, ahora, ahora mismo, ya, inmediatamente, de inmediato, robot, todo, todos, el robot, los movimientos, ahí, aquí, oye
        """
}
