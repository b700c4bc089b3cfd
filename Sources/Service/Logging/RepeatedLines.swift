/// Bounds lines that come again and again to one a second for each matter.
struct RepeatedLines {
    private var last: [String: (time: Int64, unsaid: Int)] = [:]

    /// Whether a line of a matter is said at `time`, nanoseconds: then how many like it were not said before, else nil.
    mutating func pass(_ matter: String, at time: Int64) -> Int? {
        if let said = last[matter], time - said.time < 1_000_000_000 {
            last[matter] = (said.time, said.unsaid + 1)
            return nil
        }
        defer { last[matter] = (time, 0) }
        return last[matter]?.unsaid ?? 0
    }
}
