/// How long the daemon's work takes.
package struct WorkTimes: Sendable {
    /// From a command's receipt to its first changed frame.
    package let firstFrame = Histogram(bounds: [0.02, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2, 5])
    /// Each step of the generator.
    package let generation = Histogram(bounds: [0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28])
    /// Each step of a retargeter.
    package let retargeting = Histogram(bounds: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2])

    /// Empty histograms.
    package init() {}
}
