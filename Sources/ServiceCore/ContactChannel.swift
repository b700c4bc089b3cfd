/// The contact channels of the stream.
package enum ContactChannel {
    /// Their names in order.
    package static let names = ["left_heel", "left_toe", "right_heel", "right_toe"]
}
