internal import Geometry
public import Timeline

/// The part of a reference's header that the publisher adds to a frame.
public struct ReferenceStamp: Hashable, Sendable {
    /// Messages of this topic before this one, in this epoch.
    public var sequence: Int64 = 0
    /// The publisher's CLOCK_MONOTONIC, nanoseconds.
    public var monotonicNanoseconds: Int64 = 0
    /// UTC, nanoseconds since 1970.
    public var wallNanoseconds: Int64 = 0
    /// UTC when the frame is meant to be carried out, nanoseconds since 1970.
    public var playNanoseconds: Int64 = 0
    /// Whether the segment began with this frame or shortly before.
    public var isFirstOfSegment = false

    /// A stamp of zeros.
    public init() {}
}

/// Writes the messages `reference.<robot>.` of the native stream into one buffer made beforehand.
///
/// The header is written once, with blanks where numbers will stand; a tick only fills those in, so it allocates nothing.
/// JSON allows blanks around values, so every header is plain JSON.
public struct ReferenceEncoder: ~Copyable {
    private let buffer: UnsafeMutableRawBufferPointer
    private let payloadOffset: Int
    private let jointCount: Int
    private let contactCount: Int
    private var slots = Slots()

    private struct Slots {
        var sequence = 0..<0
        var frame = 0..<0
        var monotonic = 0..<0
        var wall = 0..<0
        var play = 0..<0
        var segment = 0..<0
        var command = 0..<0
        var first = 0..<0
        var state = 0..<0
        var human = 0..<0
        var humanState = 0..<0
        var humanAge = 0..<0
        var humanLost = 0..<0
    }

    /// What does not change while the stream runs.
    public struct Layout: Hashable, Sendable {
        /// The robot's name.
        public var robot: String
        /// How many joints are published.
        public var jointCount: Int
        /// How many contact channels there are.
        public var contactCount: Int
        /// Frames per second.
        public var rate: Double
        /// Chosen at random when the daemon starts; below 2^53, so that every JSON reader keeps it.
        public var epoch: Int64
        /// Content hash of the robot's profile.
        public var profile: String
        /// After this long without a message a subscriber should bring the robot to rest, milliseconds.
        public var staleAfterMilliseconds: Int

        /// Creates a layout.
        public init(
            robot: String, jointCount: Int, contactCount: Int, rate: Double, epoch: Int64, profile: String,
            staleAfterMilliseconds: Int = 150
        ) {
            self.robot = robot
            self.jointCount = jointCount
            self.contactCount = contactCount
            self.rate = rate
            self.epoch = epoch
            self.profile = profile
            self.staleAfterMilliseconds = staleAfterMilliseconds
        }
    }

    /// Prepares the buffer; fails when the header would not fit its fixed length.
    public init(_ layout: Layout) throws(StreamMessageError) {
        jointCount = layout.jointCount
        contactCount = layout.contactCount
        let shapes: [(name: String, extent: Int)] = [
            ("root_pos", 3), ("root_quat", 4), ("root_lin_vel", 3), ("root_ang_vel", 3), ("joint_pos", jointCount),
            ("joint_vel", jointCount), ("contacts", contactCount),
        ]
        let fields = shapes.map { shape -> JSONValue in
            ["name": .string(shape.name), "dtype": "f32", "shape": [JSONValue(shape.extent)]]
        }
        let fixed: JSONValue = [
            "v": 1, "endian": "le", "count": 1, "fields": .array(fields), "epoch": .integer(layout.epoch),
            "rate_hz": .number(layout.rate), "stale_after_ms": JSONValue(layout.staleAfterMilliseconds),
            "profile": .string(layout.profile), "quat": "wxyz", "frame_id": "world",
        ]
        let topic = Array("reference.\(layout.robot).".utf8)
        var header = Array(fixed.encoded.dropLast())
        var slots = Slots()
        func addSlot(_ name: String, width: Int) -> Range<Int> {
            header += ",\"\(name)\":".utf8
            let start = topic.count + header.count
            header += repeatElement(UInt8(ascii: " "), count: width)
            return start..<start + width
        }
        slots.sequence = addSlot("seq", width: 19)
        slots.frame = addSlot("frame", width: 19)
        slots.monotonic = addSlot("t_mono_ns", width: 19)
        slots.wall = addSlot("t_wall_ns", width: 19)
        slots.play = addSlot("t_play_ns", width: 19)
        slots.segment = addSlot("segment", width: 12)
        slots.command = addSlot("command", width: 16)
        slots.first = addSlot("first_of_segment", width: 5)
        slots.state = addSlot("state", width: 10)
        slots.human = addSlot("human", width: 66)
        slots.humanState = addSlot("human_state", width: 12)
        slots.humanAge = addSlot("human_age_ms", width: 8)
        slots.humanLost = addSlot("human_lost", width: 10)
        header.append(UInt8(ascii: "}"))
        guard header.count <= StreamMessage.headerSize else { throw .headerTooLong(bytes: header.count) }
        self.slots = slots

        payloadOffset = topic.count + StreamMessage.headerSize
        let size = payloadOffset + 4 * (13 + 2 * jointCount + contactCount)
        buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 8)
        buffer.initializeMemory(as: UInt8.self, repeating: 0)
        buffer.copyBytes(from: topic + header)
    }

    deinit { buffer.deallocate() }

    /// Writes a message and returns its bytes, which stay valid until the next call.
    ///
    /// Returns nil, and keeps the message before, when a number is not finite: no such number leaves the process.
    public mutating func encode(_ frame: borrowing PublishedFrame, stamp: ReferenceStamp) -> UnsafeRawBufferPointer? {
        precondition(frame.jointPositions.count == jointCount && frame.jointVelocities.count == jointCount)
        precondition(frame.contacts.count == contactCount)
        let root = frame.rootRotation
        guard
            frame.rootPosition.isFinite, frame.rootLinearVelocity.isFinite, frame.rootAngularVelocity.isFinite,
            root.w.isFinite, root.x.isFinite, root.y.isFinite, root.z.isFinite
        else { return nil }
        for joint in 0..<jointCount
        where !frame.jointPositions[joint].isFinite || !frame.jointVelocities[joint].isFinite { return nil }
        for contact in 0..<contactCount where !frame.contacts[contact].isFinite { return nil }

        var offset = payloadOffset
        put(frame.rootPosition, at: &offset)
        put(root.w, at: &offset)
        put(root.x, at: &offset)
        put(root.y, at: &offset)
        put(root.z, at: &offset)
        put(frame.rootLinearVelocity, at: &offset)
        put(frame.rootAngularVelocity, at: &offset)
        for joint in 0..<jointCount { put(frame.jointPositions[joint], at: &offset) }
        for joint in 0..<jointCount { put(frame.jointVelocities[joint], at: &offset) }
        for contact in 0..<contactCount { put(Double(frame.contacts[contact]), at: &offset) }

        put(stamp.sequence, in: slots.sequence)
        put(frame.frame, in: slots.frame)
        put(stamp.monotonicNanoseconds, in: slots.monotonic)
        put(stamp.wallNanoseconds, in: slots.wall)
        put(stamp.playNanoseconds, in: slots.play)
        if frame.tag.command == 0 {
            put("null", in: slots.segment)
            put("null", in: slots.command)
        } else {
            put(Int64(frame.tag.segment), in: slots.segment)
            putCommand(Int64(clamping: frame.tag.command))
        }
        put(stamp.isFirstOfSegment ? "true" : "false", in: slots.first)
        put(quoted(frame.state), in: slots.state)
        put(frame.human, at: stamp.monotonicNanoseconds)
        return UnsafeRawBufferPointer(buffer)
    }

    private func put(_ value: Double, at offset: inout Int) {
        let bits = Float(value).bitPattern.littleEndian
        buffer.storeBytes(of: bits, toByteOffset: offset, as: UInt32.self)
        offset += 4
    }

    private func put(_ value: Vector3, at offset: inout Int) {
        put(value.x, at: &offset)
        put(value.y, at: &offset)
        put(value.z, at: &offset)
    }

    /// Writes the digits at the right end of a slot, blanks before them.
    private func put(_ value: Int64, in slot: Range<Int>) {
        var rest = value.magnitude
        var place = slot.upperBound
        repeat {
            place -= 1
            buffer[place] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        } while rest > 0 && place > slot.lowerBound
        if value < 0, place > slot.lowerBound {
            place -= 1
            buffer[place] = UInt8(ascii: "-")
        }
        while place > slot.lowerBound {
            place -= 1
            buffer[place] = UInt8(ascii: " ")
        }
    }

    private func put(_ text: StaticString, in slot: Range<Int>) {
        for index in slot { buffer[index] = UInt8(ascii: " ") }
        UnsafeMutableRawBufferPointer(rebasing: buffer[slot]).copyMemory(
            from: UnsafeRawBufferPointer(start: text.utf8Start, count: min(text.utf8CodeUnitCount, slot.count)))
    }

    /// Writes `"c-000123"`; the number has at least six digits.
    private func putCommand(_ number: Int64) {
        let slot = slots.command
        put(number, in: slot.lowerBound + 2..<slot.upperBound - 1)
        buffer[slot.upperBound - 1] = UInt8(ascii: "\"")
        var digits = 0
        var place = slot.upperBound - 2
        while place > slot.lowerBound + 2, buffer[place] != UInt8(ascii: " ") || digits < 6 {
            if buffer[place] == UInt8(ascii: " ") { buffer[place] = UInt8(ascii: "0") }
            digits += 1
            place -= 1
        }
        buffer[place] = UInt8(ascii: "-")
        buffer[place - 1] = UInt8(ascii: "c")
        buffer[place - 2] = UInt8(ascii: "\"")
        for blank in slot.lowerBound..<place - 2 { buffer[blank] = UInt8(ascii: " ") }
    }

    private func put(_ human: LiveTrace?, at time: Int64) {
        guard let human, human.person.count <= 64 else {
            put("null", in: slots.human)
            put("null", in: slots.humanState)
            put("null", in: slots.humanAge)
            put("null", in: slots.humanLost)
            return
        }
        for index in slots.human { buffer[index] = UInt8(ascii: " ") }
        var place = slots.human.lowerBound
        buffer[place] = UInt8(ascii: "\"")
        for byte in human.person {
            place += 1
            buffer[place] = byte
        }
        buffer[place + 1] = UInt8(ascii: "\"")
        put(quoted(human.state), in: slots.humanState)
        // Eight digits: 27 hours.
        put(min(max((time - human.sensed) / 1_000_000, 0), 99_999_999), in: slots.humanAge)
        put(Int64(min(human.lost, 999_999_999)), in: slots.humanLost)
    }

    private func quoted(_ state: LivePose.State) -> StaticString {
        switch state {
        case .ramping: "\"ramping\""
        case .following: "\"following\""
        case .predicting: "\"predicting\""
        case .holding: "\"holding\""
        }
    }

    private func quoted(_ state: StreamState) -> StaticString {
        switch state {
        case .holding: "\"holding\""
        case .ramping: "\"ramping\""
        case .playing: "\"playing\""
        case .stopping: "\"stopping\""
        case .halted: "\"halted\""
        }
    }
}
