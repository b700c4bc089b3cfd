/// How the generator is asked for a stand.
enum Standing {
    static let text = "a person stands still"
    /// Seconds in which a walk comes to a stand.
    static let closing = 0.8
}
