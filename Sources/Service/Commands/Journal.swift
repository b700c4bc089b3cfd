internal import FoundationEssentials
internal import Glibc
package import JSON
internal import ServiceCore
internal import Synchronization
package import Wire

/// What was accepted and how it ended, in a file that outlives the process: one JSON object a line.
///
/// A line is in the hands of the system before the acknowledgement leaves, so it survives the death of the process; the disk
/// has it within a tenth of a second. Belongs to the one actor that writes it.
package final class Journal {
    /// A command as the journal knows it.
    package struct Record: Hashable, Sendable {
        /// The daemon's number for it.
        package var number: Int64
        /// The request as it came.
        package var request: Request
        /// How it ended; `interrupted` when the process did not see its end.
        package var state: CommandState
        /// The robots' names.
        package var robots: [String]
        /// Who sent it; nil for a connection that ended with its process.
        package var client: ClientName?
        fileprivate var line: JSONValue
    }

    /// What a start finds.
    package struct Recovery: Sendable {
        /// The newest commands, oldest first.
        package var records: [Record] = []
        /// The number after the last one ever given.
        package var nextNumber: Int64 = 1
        /// Lines that could not be read, but for a last one that was being written.
        package var brokenLines = 0
        /// Where a broken journal was put aside.
        package var putAside: String?
        /// Why nothing is written.
        package var problem: String?
    }

    /// The file's path.
    package let path: String
    private var descriptor: Int32 = -1
    private var size = 0
    private let isSyncing = SyncFlag()
    private var problem: String?
    /// Told when writing fails (with the reason) and when it succeeds again (nil); on the caller's own thread.
    package var onChange: (String?) -> Void = { _ in }

    /// A journal in a folder, which is made when missing; nothing is opened before ``open()``.
    package init(folder: String) { path = folder + "/commands.jsonl" }

    deinit {
        guard descriptor >= 0 else { return }
        // The lock would otherwise live on in a copy that is still being synced.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// Reads what the last process left, writes it anew without what is over long since, and begins to append.
    package func open() -> Recovery {
        var recovery = Recovery()
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else {
            recovery.problem = reason("cannot be opened")
            problem = recovery.problem
            return recovery
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            recovery.problem = "\(path) belongs to another kmmd; give each its own state folder"
            problem = recovery.problem
            close(descriptor)
            descriptor = -1
            return recovery
        }
        if let data = try? Data(contentsOf: URL(filePath: path)) { Journal.read([UInt8](data), into: &recovery) }
        if recovery.brokenLines > 0 {
            let aside = path + ".broken"
            if (try? Data(contentsOf: URL(filePath: path)).write(to: URL(filePath: aside))) != nil {
                recovery.putAside = aside
            }
        }
        // Written beside and renamed, so that a death in between loses nothing.
        let lines = recovery.records.flatMap { record in
            [record.line, Journal.ended(record.number, record.state)]
        }
        let text = ([["next": .integer(recovery.nextNumber)]] + lines).map { $0.text + "\n" }.joined()
        let bytes = Array(text.utf8)
        let new = Glibc.open(path + ".new", O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0o640)
        if new >= 0, flock(new, LOCK_EX | LOCK_NB) == 0, Journal.write(bytes, to: new), fsync(new) == 0,
            rename(path + ".new", path) == 0
        {
            close(descriptor)
            descriptor = new
            size = bytes.count
        } else {
            recovery.problem = reason("cannot be written")
            problem = recovery.problem
            if new >= 0 {
                close(new)
                unlink(path + ".new")
            }
            size = Int(lseek(descriptor, 0, SEEK_END))
        }
        return recovery
    }

    /// Notes an accepted command, before it is acknowledged.
    package func accept(_ number: Int64, robots: [String], request: JSONValue, of client: ClientName? = nil) {
        append([
            "accepted": .integer(number), "robots": .array(robots.map(JSONValue.string)),
            "t_wall_ns": .integer(Clock.wall()), "client": JSONValue(client?.lasting), "request": request,
        ])
    }

    /// Notes how a command ended.
    package func end(_ number: Int64, _ state: CommandState) { append(Journal.ended(number, state)) }

    private static func ended(_ number: Int64, _ state: CommandState) -> JSONValue {
        ["ended": .integer(number), "state": .string(state.rawValue)]
    }

    private func append(_ line: JSONValue) {
        guard descriptor >= 0 else { return }
        let bytes = Array((line.text + "\n").utf8)
        if Journal.write(bytes, to: descriptor) {
            size += bytes.count
            // The disk may refuse later what the system took.
            let failure = isSyncing.failure.exchange(0, ordering: .acquiringAndReleasing)
            tell(failure == 0 ? nil : reason("cannot be brought to the disk", failure))
            sync()
        } else {
            let reason = reason("cannot be written")
            // Half a line would spoil the next one.
            ftruncate(descriptor, size)
            tell(reason)
        }
    }

    /// Writes all bytes; false, with `errno`, when some were not taken. A nearly full disk first takes a part of them.
    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        bytes.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                rest = rest.dropFirst(count)
            }
            return true
        }
    }

    /// Has the disk take what was written, once for all that comes within 50 ms.
    private func sync() {
        guard isSyncing.value.exchange(true, ordering: .acquiringAndReleasing) == false else { return }
        let copy = dup(descriptor)
        Task.detached { [isSyncing] in
            try? await Task.sleep(for: .milliseconds(50))
            isSyncing.value.store(false, ordering: .releasing)
            if fdatasync(copy) != 0 { isSyncing.failure.store(errno, ordering: .releasing) }
            close(copy)
        }
    }

    private final class SyncFlag: Sendable {
        let value = Atomic(false)
        /// What the disk said last, an `errno`.
        let failure = Atomic<Int32>(0)
    }

    private func tell(_ new: String?) {
        guard new != problem else { return }
        problem = new
        onChange(new)
    }

    private func reason(_ what: String, _ error: Int32 = errno) -> String {
        "\(path) \(what): \(String(cString: strerror(error)))"
    }

    private static func read(_ bytes: [UInt8], into recovery: inout Recovery) {
        var open: [Int64: Int] = [:]
        let lines = bytes.split(separator: UInt8(ascii: "\n"))
        for (index, line) in lines.enumerated() {
            let value = try? JSONValue(parsing: line)
            if let number = value?["accepted"]?.integer, number > 0, let request = value?["request"],
                let robots = value?["robots"]?.array?.compactMap(\.string), let line = value,
                case .success(let decoded) = RequestDecoder.decode(request).result
            {
                open[number] = recovery.records.count
                let client = line["client"]?.string.flatMap(ClientName.init(lasting:))
                recovery.records.append(
                    Record(
                        number: number, request: decoded, state: .interrupted, robots: robots, client: client,
                        line: line))
                recovery.nextNumber = max(recovery.nextNumber, number + 1)
            } else if let number = value?["ended"]?.integer, let name = value?["state"]?.string,
                let state = CommandState(rawValue: name), state.isFinal
            {
                if let index = open[number] { recovery.records[index].state = state }
            } else if let next = value?["next"]?.integer {
                recovery.nextNumber = max(recovery.nextNumber, next)
            } else if index < lines.count - 1 || bytes.last == UInt8(ascii: "\n") {
                recovery.brokenLines += 1
            }
        }
        recovery.records = Array(recovery.records.suffix(CommandLedger.historyLimit))
    }
}
