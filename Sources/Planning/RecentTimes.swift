/// How long a kind of work took lately: a sliding window, so that a busy moment is forgotten as soon as it is learnt.
struct RecentTimes {
    private static let count = 16
    private var seconds: [Double]
    private var oldest = 0

    /// Starts with a guess.
    init(guess: Double) { seconds = [guess] }

    mutating func add(_ time: Double) {
        if seconds.count < RecentTimes.count {
            seconds.append(time)
        } else {
            seconds[oldest] = time
            oldest = (oldest + 1) % RecentTimes.count
        }
    }

    /// The time that this share of the work did not exceed, seconds.
    func quantile(_ share: Double) -> Double {
        seconds.sorted()[min(Int(share * Double(seconds.count)), seconds.count - 1)]
    }
}
