/// The scratch memory of one encoding.
struct Workspace: ~Copyable {
    /// The tokens of the text.
    let rows: Int
    /// The residual stream, [rows, width].
    let hidden: UnsafeMutablePointer<Float>
    /// What a sublayer adds to it, [rows, width].
    let update: UnsafeMutablePointer<Float>
    /// Queries, keys and values side by side, [rows, 3 width].
    let attention: UnsafeMutablePointer<Float>
    /// The mixed values of all heads, [rows, width].
    let context: UnsafeMutablePointer<Float>
    /// The attention of one head, [rows, rows].
    let scores: UnsafeMutablePointer<Float>
    /// The inner layer of the feed-forward sublayer, [rows, inner width].
    let inner: UnsafeMutablePointer<Float>
    /// What LayerNorm keeps, [2, rows]; unused here.
    let statistics: UnsafeMutablePointer<Float>

    init(rows: Int, width: Int, innerWidth: Int) {
        self.rows = rows
        hidden = .allocate(capacity: rows * width)
        update = .allocate(capacity: rows * width)
        attention = .allocate(capacity: rows * 3 * width)
        context = .allocate(capacity: rows * width)
        scores = .allocate(capacity: rows * rows)
        inner = .allocate(capacity: rows * innerWidth)
        statistics = .allocate(capacity: 2 * rows)
    }

    deinit {
        for buffer in [hidden, update, attention, context, scores, inner, statistics] { buffer.deallocate() }
    }
}
