#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The processor time of this process over all its threads: what a computation costs, whatever else the machine does.
enum ProcessorTime {
    /// Seconds since the process began.
    static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
