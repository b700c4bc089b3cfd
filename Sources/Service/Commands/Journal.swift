internal import FoundationEssentials
internal import Glibc
package import JSON
internal import ServiceCore
package import Wire

/// What was accepted and how it ended, in a file that outlives the process: one JSON object a line.
///
/// A line is in the hands of the system before the acknowledgement leaves, so it survives the death of the process; the disk
/// has it within a tenth of a second. A file that has grown to ``rotationSize`` becomes the earlier one, which takes the place
/// of that before it. Belongs to the one actor that writes it.
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
        var line: JSONValue
    }

    /// What a start finds.
    package struct Recovery: Sendable {
        /// The newest commands, oldest first.
        package var records: [Record] = []
        /// The number after the last one ever given.
        package var nextNumber: Int64 = 1
        /// Lines of those looked at that could not be read, but for a last one that was being written.
        package var brokenLines = 0
        /// Where a broken journal was put aside.
        package var putAside: String?
        /// Why nothing is written.
        package var problem: String?
    }

    /// Bytes after which a file becomes the earlier one.
    package static let rotationSize = 2 << 20
    /// Bytes of each file that a start looks at, from its end: a file of ours has no more.
    static let mostRead = rotationSize + (1 << 20)

    /// The file's path.
    package let path: String
    private var earlierPath: String { path + ".1" }
    private var descriptor: Int32 = -1
    private var size = 0
    private var rotatesAt = Journal.rotationSize
    /// The lines of commands that are not over: they go along when a file becomes the earlier one.
    private var openLines: [Int64: [UInt8]] = [:]
    private var nextNumber: Int64 = 1
    private let disk = JournalDisk()
    private var problem: String?
    /// Told when writing fails (with the reason) and when it succeeds again (nil); on the caller's own thread.
    package var onChange: (String?) -> Void = { _ in }

    /// A journal in a folder, which is made when missing; nothing is opened before ``open()``.
    package init(folder: String) { path = folder + "/commands.jsonl" }

    deinit {
        disk.stop()
        guard descriptor >= 0 else { return }
        // The lock would otherwise live on in a copy that is still being synced.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    // MARK: Opening

    /// Reads what the last process left, writes it anew without what is over long since, and begins to append.
    package func open() -> Recovery {
        var recovery = Recovery()
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0o640)
        guard descriptor >= 0, isRegular(descriptor) else {
            return giveUp(reason("cannot be opened", descriptor < 0 ? errno : EINVAL), recovery)
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, isInPlace(descriptor) else {
            return giveUp("\(path) belongs to another kmmd; give each its own state folder", recovery)
        }
        recovery = read(descriptor)
        nextNumber = recovery.nextNumber
        // Written beside and renamed, so that a death in between loses nothing.
        let lines = recovery.records.flatMap { record in [record.line, Journal.ended(record.number, record.state)] }
        let text = ([["next": .integer(nextNumber)]] + lines).map { $0.text + "\n" }.joined()
        if replace(with: Array(text.utf8)) {
            unlink(earlierPath)
        } else {
            recovery.problem = reason("cannot be written")
            problem = recovery.problem
            size = Int(lseek(descriptor, 0, SEEK_END))
        }
        return recovery
    }

    private func giveUp(_ why: String, _ recovery: Recovery) -> Recovery {
        var recovery = recovery
        recovery.problem = why
        problem = why
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
        return recovery
    }

    /// What the two files say, the newest of it; a broken file is put aside as it is.
    private func read(_ current: Int32) -> Recovery {
        var reading = JournalReading()
        var aside: String?
        func take(_ descriptor: Int32, _ file: String) {
            guard let tail = Journal.tail(of: descriptor) else { return }
            let before = reading.brokenLines
            reading.read(tail.bytes, isWhole: tail.isWhole)
            guard reading.brokenLines > before else { return }
            unlink(file + ".broken")
            if link(file, file + ".broken") == 0 { aside = aside ?? file + ".broken" }
        }
        take(current, path)
        let earlier = Glibc.open(earlierPath, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        if earlier >= 0 {
            if isRegular(earlier) { take(earlier, earlierPath) }
            close(earlier)
        }
        var recovery = reading.recovery
        recovery.putAside = aside
        return recovery
    }

    /// The end of a file, and whether that is all of it.
    private static func tail(of descriptor: Int32) -> (bytes: [UInt8], isWhole: Bool)? {
        let size = Int(lseek(descriptor, 0, SEEK_END))
        guard size >= 0 else { return nil }
        let start = max(0, size - mostRead)
        var failed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: size - start) { buffer, count in
            while count < size - start {
                let place = buffer.baseAddress?.advanced(by: count)
                let got = pread(descriptor, place, size - start - count, off_t(start + count))
                if got < 0, errno == EINTR { continue }
                failed = got < 0
                if got <= 0 { break }
                count += got
            }
        }
        return failed ? nil : (bytes, start == 0)
    }

    // MARK: Writing

    /// Notes an accepted command, before it is acknowledged.
    package func accept(_ number: Int64, robots: [String], request: JSONValue, of client: ClientName? = nil) {
        let line: JSONValue = [
            "accepted": .integer(number), "robots": .array(robots.map(JSONValue.string)),
            "t_wall_ns": .integer(Clock.wall()), "client": JSONValue(client?.lasting), "request": request,
        ]
        let bytes = Array((line.text + "\n").utf8)
        nextNumber = max(nextNumber, number + 1)
        append(bytes)
        openLines[number] = bytes
    }

    /// Notes how a command ended.
    package func end(_ number: Int64, _ state: CommandState) {
        append(Array((Journal.ended(number, state).text + "\n").utf8))
        openLines[number] = nil
    }

    private static func ended(_ number: Int64, _ state: CommandState) -> JSONValue {
        ["ended": .integer(number), "state": .string(state.rawValue)]
    }

    private func append(_ bytes: [UInt8]) {
        guard descriptor >= 0 else { return }
        if size + bytes.count > rotatesAt { rotate() }
        if Journal.write(bytes, to: descriptor) {
            size += bytes.count
            // The disk may refuse later what the system took.
            let failure = disk.takeFailure()
            tell(failure == 0 ? nil : reason("cannot be brought to the disk", failure))
            disk.sync(descriptor)
        } else {
            let reason = reason("cannot be written")
            // Half a line would spoil the next one.
            ftruncate(descriptor, size)
            tell(reason)
        }
    }

    /// Makes the file the earlier one, and begins another with what is not over.
    private func rotate() {
        let next: JSONValue = ["next": .integer(nextNumber)]
        let bytes = Array((next.text + "\n").utf8) + openLines.sorted { $0.key < $1.key }.flatMap(\.value)
        unlink(earlierPath)
        if link(path, earlierPath) != 0 || !replace(with: bytes) { unlink(earlierPath) }
        // Where that cannot be, it is tried again later; what is not over may be much by itself.
        rotatesAt = max(Journal.rotationSize, size + Journal.rotationSize / 2)
    }

    /// Puts a file of these bytes in the place of the one that is written; false when that cannot be.
    private func replace(with bytes: [UInt8]) -> Bool {
        let new = Glibc.open(path + ".new", O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o640)
        guard new >= 0 else { return false }
        guard flock(new, LOCK_EX | LOCK_NB) == 0, Journal.write(bytes, to: new), fsync(new) == 0,
            rename(path + ".new", path) == 0
        else {
            let why = errno
            close(new)
            unlink(path + ".new")
            errno = why
            return false
        }
        close(descriptor)
        (descriptor, size) = (new, bytes.count)
        return true
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

    // MARK: Parts

    private func isRegular(_ descriptor: Int32) -> Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// Whether the file still has its name: another process may have put its own there before the lock was ours.
    private func isInPlace(_ descriptor: Int32) -> Bool {
        var (own, named) = (stat(), stat())
        return fstat(descriptor, &own) == 0 && stat(path, &named) == 0 && own.st_ino == named.st_ino
    }

    private func tell(_ new: String?) {
        guard new != problem else { return }
        problem = new
        onChange(new)
    }

    private func reason(_ what: String, _ error: Int32 = errno) -> String {
        "\(path) \(what): \(String(cString: strerror(error)))"
    }
}
