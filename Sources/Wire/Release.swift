/// What this build calls itself.
public enum Release {
    /// Version of programs, libraries and clients, after Semantic Versioning.
    public static let version = "0.1.0"
}
