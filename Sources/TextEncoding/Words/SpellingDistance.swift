/// How far words lie from each other: optimal string alignment, the restricted form of Damerau's distance
/// (Comm. ACM 7:3, 1964).
enum SpellingDistance {
    /// How many letters have to be put in, left out, exchanged or swapped with their neighbour; nil when more than `limit`.
    static func of(_ a: [UInt8], _ b: [UInt8], limit: Int) -> Int? {
        guard limit > 0, abs(a.count - b.count) <= limit else { return a == b && limit >= 0 ? 0 : nil }
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in a.indices {
            var row = [i + 1] + Array(repeating: 0, count: b.count)
            var least = row[0]
            for j in b.indices {
                var value = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { value = min(value, beforeLast[j - 1] + 1) }
                row[j + 1] = value
                least = min(least, value)
            }
            if least > limit { return nil }
            (beforeLast, last) = (last, row)
        }
        return last[b.count] <= limit ? last[b.count] : nil
    }
}
