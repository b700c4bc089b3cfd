import Foundation

/// Small operations on one number per frame.
enum Signal {
    /// Mean over `width` frames (odd) around each frame; at the ends over what is there.
    static func smoothed(_ values: [Double], width: Int) -> [Double] {
        var sums = [0.0]
        sums.reserveCapacity(values.count + 1)
        for value in values { sums.append(sums[sums.count - 1] + value) }
        return values.indices.map { index in
            let (first, end) = (max(index - width / 2, 0), min(index + width / 2 + 1, values.count))
            return (sums[end] - sums[first]) / Double(end - first)
        }
    }

    /// Value below which `share` of the values lie, straight lines between the values; 0 for none.
    static func percentile(_ values: [Double], _ share: Double) -> Double {
        guard !values.isEmpty else { return 0 }
        let sorted = values.sorted()
        let place = share * Double(sorted.count - 1)
        let index = min(Int(place), sorted.count - 1)
        let next = min(index + 1, sorted.count - 1)
        return sorted[index] + (sorted[next] - sorted[index]) * (place - Double(index))
    }

    /// Mean; 0 for none.
    static func mean(_ values: some Collection<Double>) -> Double {
        values.reduce(0, +) / Double(max(values.count, 1))
    }

    /// Largest minus smallest value; 0 for none.
    static func range(_ values: [Double]) -> Double { (values.max() ?? 0) - (values.min() ?? 0) }

    /// Stretches of frames in which a condition holds.
    static func runs(_ condition: [Bool]) -> [Range<Int>] {
        var result: [Range<Int>] = []
        var start: Int?
        for index in 0...condition.count {
            let holds = index < condition.count && condition[index]
            if holds, start == nil { start = index }
            if !holds, let first = start {
                result.append(first..<index)
                start = nil
            }
        }
        return result
    }

    /// How often a signal rises by at least `amplitude` from a low to a high, having fallen by as much in between.
    static func rises(_ values: some Sequence<Double>, amplitude: Double) -> Int {
        var count = 0
        var isHigh = false
        var low = Double.infinity
        var high = -Double.infinity
        for value in values {
            if isHigh {
                high = max(high, value)
                if high - value >= amplitude { (isHigh, low) = (false, value) }
            } else {
                low = min(low, value)
                if value - low >= amplitude { (isHigh, high, count) = (true, value, count + 1) }
            }
        }
        return count
    }

    /// How often a signal turns back after having moved by at least `amplitude`.
    static func reversals(_ values: some Sequence<Double>, amplitude: Double) -> Int {
        var count = 0
        var direction = 0
        var low = Double.infinity
        var high = -Double.infinity
        for value in values {
            low = min(low, value)
            high = max(high, value)
            if direction <= 0, value - low >= amplitude {
                count += direction < 0 ? 1 : 0
                direction = 1
                high = value
            } else if direction >= 0, high - value >= amplitude {
                count += direction > 0 ? 1 : 0
                direction = -1
                low = value
            }
        }
        return count
    }
}
