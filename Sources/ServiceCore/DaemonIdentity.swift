internal import Wire

/// Who answers: what every reply and message can say of this process.
package struct DaemonIdentity: Hashable, Sendable {
    /// Version of the program.
    package var build: String
    /// Random number of this start, below 2^53 so that every JSON reader keeps it.
    package var epoch: Int64
    /// What generates the motion.
    package var model: String

    /// The identity of a process that starts now.
    package init(model: String) {
        build = Release.version
        epoch = Int64.random(in: 1..<1 << 52)
        self.model = model
    }
}
