internal import CZeroMQ
internal import Glibc
internal import Synchronization

/// A thread of the system with a name, for work that must not share the pool of Swift's tasks.
public final class NamedThread: Sendable {
    private struct Start {
        let name: String
        let body: @Sendable () -> Void
    }

    private let identifier: pthread_t
    private let isJoined = Mutex(false)

    /// Starts a thread that runs `body` once; its name is cut to 15 bytes.
    public init(name: String, body: @escaping @Sendable () -> Void) throws(MessagingError) {
        let start = Unmanaged.passRetained(Box(Start(name: String(name.prefix(15)), body: body)))
        var identifier = pthread_t()
        let status = pthread_create(&identifier, nil, { NamedThread.run($0) }, start.toOpaque())
        guard status == 0 else {
            start.release()
            throw .system(operation: "pthread_create", reason: String(cString: strerror(status)))
        }
        self.identifier = identifier
    }

    /// Waits until the body has returned. Not from the thread itself.
    public func join() {
        isJoined.withLock { isJoined in
            guard !isJoined else { return }
            isJoined = true
            pthread_join(identifier, nil)
        }
    }

    /// Whether the caller runs on this thread.
    public var isCurrent: Bool { pthread_equal(identifier, pthread_self()) != 0 }

    private final class Box {
        let start: Start
        init(_ start: Start) { self.start = start }
    }

    private static func run(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let argument else { return nil }
        let start = Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().start
        kmmd_name_this_thread(start.name)
        start.body()
        return nil
    }
}
