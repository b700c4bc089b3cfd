/// Reads the packets of one sender's format. A value: what it remembers of packets before is its own.
///
/// A packet changes nothing that is remembered unless all of it could be read.
public protocol PersonDecoder: Sendable {
    /// The people in a packet that came at `time` (CLOCK_MONOTONIC, nanoseconds); empty for one that completes no frame.
    ///
    /// - Throws: What is wrong with the packet.
    mutating func decode(_ packet: [UInt8], at time: Int64) throws(PersonStreamError) -> [PersonFrame]
}

/// Largest packet that is read, bytes: no datagram is larger.
public let largestPersonPacket = 65_536
