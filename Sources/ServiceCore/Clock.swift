internal import Glibc

/// The two clocks of the daemon, nanoseconds.
package enum Clock {
    /// CLOCK_MONOTONIC: for pacing and ages on this host.
    package static func monotonic() -> Int64 { read(CLOCK_MONOTONIC) }

    /// UTC since 1970: for logs and other hosts; may jump.
    package static func wall() -> Int64 { read(CLOCK_REALTIME) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Sleeps until CLOCK_MONOTONIC shows `deadline`; returns at once when that is past.
    package static func sleep(until deadline: Int64) {
        var time = timespec(tv_sec: Int(deadline / 1_000_000_000), tv_nsec: Int(deadline % 1_000_000_000))
        while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil) == EINTR {}
    }
}
