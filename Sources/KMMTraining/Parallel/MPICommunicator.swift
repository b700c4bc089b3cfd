import Foundation

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Processes that were started by Open MPI's `mpirun`, found at run time: no build and no single process needs the library.
///
/// Open MPI's handles are addresses of exported objects (`ompi_mpi_comm_world`, …); other implementations lack them and are
/// refused.
public final class MPICommunicator: Communicator {
    /// Why MPI cannot be used.
    public struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        /// What was wrong and what would be right.
        public let description: String
    }

    private typealias Handle = UnsafeMutableRawPointer
    private typealias Initialize = @convention(c) (Handle?, Handle?) -> Int32
    private typealias Ask = @convention(c) (Handle, UnsafeMutablePointer<Int32>) -> Int32
    private typealias Reduce =
        @convention(c) (UnsafeRawPointer?, UnsafeMutableRawPointer?, Int32, Handle, Handle, Handle) -> Int32
    private typealias Finalize = @convention(c) () -> Int32

    /// Number of this process, from 0.
    public let rank: Int
    /// Number of processes.
    public let size: Int
    private let world: Handle
    private let float: Handle
    private let addition: Handle
    private let reduce: Reduce
    private let finalize: Finalize

    /// The group that `mpirun` started this process in, or the group of one when it was not.
    public static func environment() throws(Failure) -> any Communicator {
        guard ProcessInfo.processInfo.environment["OMPI_COMM_WORLD_SIZE"] != nil else { return SingleProcess() }
        return try MPICommunicator()
    }

    /// Loads Open MPI and joins the group.
    public init() throws(Failure) {
        // Its plug-ins look for the library's symbols in the global table.
        let names = ["libmpi.so.40", "libmpi.so"]
        guard let library = names.lazy.compactMap({ dlopen($0, RTLD_NOW | RTLD_GLOBAL) }).first else {
            throw Failure(description: "cannot load \(names[0]); install libopenmpi3 or run without mpirun")
        }
        func symbol(_ name: String) throws(Failure) -> Handle {
            guard let found = dlsym(library, name) else {
                throw Failure(description: "the MPI library has no '\(name)'; only Open MPI is supported")
            }
            return found
        }
        world = try symbol("ompi_mpi_comm_world")
        float = try symbol("ompi_mpi_float")
        addition = try symbol("ompi_mpi_op_sum")
        reduce = unsafeBitCast(try symbol("MPI_Allreduce"), to: Reduce.self)
        finalize = unsafeBitCast(try symbol("MPI_Finalize"), to: Finalize.self)
        let initialize = unsafeBitCast(try symbol("MPI_Init"), to: Initialize.self)
        let askRank = unsafeBitCast(try symbol("MPI_Comm_rank"), to: Ask.self)
        let askSize = unsafeBitCast(try symbol("MPI_Comm_size"), to: Ask.self)
        var (rank, size): (Int32, Int32) = (0, 1)
        guard initialize(nil, nil) == 0, askRank(world, &rank) == 0, askSize(world, &size) == 0 else {
            throw Failure(description: "MPI_Init failed")
        }
        (self.rank, self.size) = (Int(rank), Int(size))
    }

    deinit { _ = finalize() }

    /// Replaces every element by its sum over all processes.
    public func sum(_ values: UnsafeMutableBufferPointer<Float>) {
        // 1 stands for MPI_IN_PLACE in Open MPI; counts are 32 bits wide.
        let inPlace = UnsafeRawPointer(bitPattern: 1)
        let most = 1 << 24
        for start in stride(from: 0, to: values.count, by: most) {
            let part = UnsafeMutableBufferPointer(rebasing: values[start..<min(start + most, values.count)])
            // The library ends the whole group on errors, so what it returns needs no care.
            _ = reduce(inPlace, part.baseAddress, Int32(part.count), float, addition, world)
        }
    }
}
