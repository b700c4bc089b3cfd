/// A picture of red, green and blue, eight bits each, from the top left.
public struct Picture: Hashable, Sendable {
    /// Pixels in a row.
    public let width: Int
    /// Rows.
    public let height: Int
    /// Three bytes for each pixel.
    public var bytes: [UInt8]

    /// A black picture.
    public init(width: Int, height: Int) {
        (self.width, self.height) = (width, height)
        bytes = Array(repeating: 0, count: 3 * width * height)
    }
}
