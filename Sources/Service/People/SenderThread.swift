internal import Glibc
internal import LivePeople
package import Logging
internal import Messaging
package import ServiceCore
internal import Synchronization

/// Hears senders that speak UDP or TCP, on a thread of its own.
package final class SenderThread: Sendable {
    private let thread: NamedThread
    private let isStopping: Flag

    private final class Flag: Sendable {
        let value = Atomic(false)
    }

    /// Opens the ports of `sources` and begins to hear them; those of other transports are left out.
    ///
    /// - Throws: The port that cannot be had.
    package init(_ sources: [PersonSource], people: People, log: Logger) throws(StartError) {
        var ports: [SenderPort] = []
        for source in sources where source.transport != .subscription {
            do throws(SenderPort.Failure) {
                ports.append(try SenderPort(source))
            } catch {
                for port in ports { port.close() }
                throw .invalidConfiguration("the people \(source.text) cannot be heard: \(error.reason)")
            }
        }
        let isStopping = Flag()
        self.isStopping = isStopping
        // Handed over whole: from its start on only the thread touches them.
        nonisolated(unsafe) let cargo = ports
        do throws(MessagingError) {
            thread = try NamedThread(name: "kmmd senders") { SenderThread.run(cargo, people, isStopping) }
        } catch {
            throw .socket(name: "people", error)
        }
    }

    /// Ends the thread and closes the ports.
    package func stop() {
        isStopping.value.store(true, ordering: .releasing)
        thread.join()
    }

    private static func run(_ ports: [SenderPort], _ people: People, _ isStopping: Flag) {
        var buffer = [UInt8](repeating: 0, count: largestPersonPacket)
        while !isStopping.value.load(ordering: .acquiring) {
            var descriptors: [pollfd] = []
            var owners: [Int] = []
            for (index, port) in ports.enumerated() {
                port.prepare(at: Clock.monotonic())
                for descriptor in port.descriptors {
                    descriptors.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
                    owners.append(index)
                }
            }
            // Also without a message: connections are tried again, and the end is noticed.
            guard poll(&descriptors, nfds_t(descriptors.count), 100) > 0 else { continue }
            for (descriptor, owner) in zip(descriptors, owners) where descriptor.revents != 0 {
                ports[owner].read(descriptor.fd, &buffer, people)
            }
        }
        for port in ports { port.close() }
    }
}
