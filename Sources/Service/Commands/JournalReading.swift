internal import JSON
internal import Wire

/// Reads lines of journals from the newest back, until as many commands are known as are remembered: the time it takes does
/// not grow with the files.
package struct JournalReading {
    /// Lines that could not be read.
    package private(set) var brokenLines = 0
    private var records: [Journal.Record] = []
    private var ends: [Int64: CommandState] = [:]
    private var known: Set<Int64> = []
    private var greatest: Int64 = 0

    /// Numbers that commands can have; a file may say anything.
    private static let numbers = 1...Int64.max / 2

    /// Nothing read yet.
    package init() {}

    /// What was found.
    package var recovery: Journal.Recovery {
        var recovery = Journal.Recovery()
        // What was not over when a file was begun anew stands out of its turn.
        recovery.records = records.sorted { $0.number < $1.number }
        recovery.nextNumber = greatest + 1
        recovery.brokenLines = brokenLines
        return recovery
    }

    /// Reads the lines of a file, newer files before older ones; of one that is not whole the first line is cut off.
    package mutating func read(_ bytes: [UInt8], isWhole: Bool) {
        let newline = UInt8(ascii: "\n")
        var rest = bytes[...]
        // A last line without its end was being written when the process died.
        var mayBeCut = rest.last != newline
        while !rest.isEmpty, records.count < CommandLedger.historyLimit {
            if rest.last == newline { rest.removeLast() }
            let start = rest.lastIndex(of: newline).map { $0 + 1 } ?? rest.startIndex
            let line = rest[start...]
            rest = rest[..<start]
            if start == bytes.startIndex, !isWhole { break }
            if !line.isEmpty, !take(line), !mayBeCut { brokenLines += 1 }
            mayBeCut = false
        }
    }

    /// Takes a line in; false when it is none.
    private mutating func take(_ line: ArraySlice<UInt8>) -> Bool {
        guard let value = try? JSONValue(parsing: line) else { return false }
        if let number = number(value["accepted"]), let request = value["request"],
            let robots = value["robots"]?.array?.compactMap(\.string),
            case .success(let decoded) = RequestDecoder.decode(request).result
        {
            greatest = max(greatest, number)
            guard known.insert(number).inserted else { return true }
            records.append(
                Journal.Record(
                    number: number, request: decoded, state: ends[number] ?? .interrupted, robots: robots,
                    client: value["client"]?.string.flatMap(ClientName.init(lasting:)), line: value))
            return true
        }
        if let number = number(value["ended"]), let name = value["state"]?.string,
            let state = CommandState(rawValue: name), state.isFinal
        {
            greatest = max(greatest, number)
            // The newest end counts, and is met first.
            if ends[number] == nil { ends[number] = state }
            return true
        }
        guard let next = number(value["next"]) else { return false }
        greatest = max(greatest, next - 1)
        return true
    }

    private func number(_ value: JSONValue?) -> Int64? {
        value?.integer.flatMap { JournalReading.numbers.contains($0) ? $0 : nil }
    }
}
