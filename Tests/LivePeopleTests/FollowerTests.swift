import Geometry
import HumanBody
import HumanMotion
import LivePeople
import Retargeting
import Robots
import Testing
import Wire

/// Real motion played through the clock, the ring and the retargeter, as the daemon's thread does it.
struct FollowerTests {
    /// How packets come: shares lost, jitter and gaps in seconds.
    struct Network: Sendable {
        var loss = 0.0
        var jitter = 0.0
        var gap = 0.0
    }

    private static let rate = 50

    /// The targets of each tick from when the robot has joined, and the time of the clip that each shows.
    private func follow(
        _ clip: HumanClip, delay: Double, network: Network = Network(), profile: RobotProfile
    ) throws -> [(time: Double, target: PersonFollower.Target)] {
        var options = Follow(person: "anna")
        (options.delayMilliseconds, options.far) = (delay * 1000, .ramp)
        let follower = try PersonFollower(profile, rate: Self.rate, options: options)
        var random = SplitMix64(seed: 17)
        func chance() -> Double { Double(random.next() % 1_000_000) / 1e6 }
        // Sent at 60 Hz over a way of 5 ms; a gap of the network every two seconds.
        let sent = clip.resampled(to: 60)
        var packets: [(arrival: Double, frame: PersonFrame)] = []
        for (number, frame) in sent.frames.enumerated() {
            let time = Double(number) / 60
            if chance() < network.loss { continue }
            var arrival = time + 0.005 + network.jitter * chance()
            let phase = time.truncatingRemainder(dividingBy: 2)
            if phase > 2 - network.gap { arrival = max(arrival, time - phase + 2.005) }
            packets.append((arrival, personFrame(frame, at: time, number: number)))
        }
        packets.sort { $0.arrival < $1.arrival }
        var track = PersonTrack()
        var robot = profile.standPose
        var shown: [(time: Double, target: PersonFollower.Target)] = []
        var next = 0
        for tick in 0..<Int(sent.duration * Double(Self.rate)) {
            let now = Double(tick) / Double(Self.rate)
            while next < packets.count, packets[next].arrival <= now {
                _ = track.take(packets[next].frame, at: Int64(packets[next].arrival * 1e9))
                next += 1
            }
            switch follower.step(track, robot: robot, at: Int64(now * 1e9)) {
            case .begin(let target), .aim(let target):
                robot = target.configuration
                // The way of 5 ms counts as none.
                shown.append((now - 0.005 - delay, target))
            case .nothing, .leave, .end: break
            }
        }
        return shown
    }

    /// Mean difference of the joints to the offline result at the same moments of the clip, degrees.
    private func difference(
        _ shown: [(time: Double, target: PersonFollower.Target)], _ offline: RobotMotion
    ) -> Double {
        var (sum, count) = (0.0, 0)
        for (time, target) in shown.dropFirst(50) {
            let place = time * offline.frameRate
            let index = Int(place.rounded(.down))
            guard index >= 0, index + 1 < offline.frames.count else { continue }
            let (a, b) = (offline.frames[index].configuration, offline.frames[index + 1].configuration)
            for joint in a.jointPositions.indices {
                let t = place - Double(index)
                let wanted = a.jointPositions[joint] * (1 - t) + b.jointPositions[joint] * t
                sum += abs(target.configuration.jointPositions[joint] - wanted)
                count += 1
            }
        }
        return sum / Double(max(count, 1)) * 180 / .pi
    }

    /// Root mean square of the joints' accelerations, rad/s².
    private func acceleration(_ shown: [(time: Double, target: PersonFollower.Target)]) -> Double {
        let joints = shown.dropFirst(50).map(\.target.configuration.jointPositions)
        var (sum, count) = (0.0, 0)
        for index in joints.indices.dropFirst(2) {
            for joint in joints[index].indices {
                let a = (joints[index][joint] - 2 * joints[index - 1][joint] + joints[index - 2][joint]) * 2500
                sum += a * a
                count += 1
            }
        }
        return (sum / Double(max(count, 1))).squareRoot()
    }

    @Test(arguments: ["walk", "turn_left", "jump"]) func theRobotMovesAsIfTheClipWereRetargeted(_ name: String) throws {
        let (clip, profile) = (try cmuClip(name), try loadG1())
        let offline = try Retargeter(profile).retarget(clip.resampled(to: 50))
        var report = name
        for delay in [0, 0.04, 0.12, 0.2] {
            let shown = try follow(clip, delay: delay, profile: profile)
            #expect(shown.count > 100)
            let miss = difference(shown, offline)
            report += String(describing: (delay * 1000, miss, acceleration(shown)))
            #expect(miss < 5, "\(miss) degrees at \(delay)")
            // A jump shakes by itself.
            if name != "jump" { #expect(acceleration(shown) < 45, "at \(delay)") }
        }
        print("live against offline:", report)
    }

    @Test func aBadNetworkShakesNobody() throws {
        let (clip, profile) = (try cmuClip("walk"), try loadG1())
        for delay in [0, 0.12] {
            let clean = acceleration(try follow(clip, delay: delay, profile: profile))
            let network = Network(loss: 0.05, jitter: 0.03, gap: 0.2)
            let shaken = acceleration(try follow(clip, delay: delay, network: network, profile: profile))
            print("acceleration at delay", delay, clean, shaken, shaken / clean)
            #expect(shaken < 1.2 * clean, "\(shaken / clean) at \(delay)")
        }
    }

    /// Let go, the robot is let go at once; pressed again soon it joins again, later it has to be told.
    @Test(arguments: [(20, false), (70, true)])
    func aDeadManSwitchLetsGo(_ ticksReleased: Int, isOver: Bool) throws {
        let profile = try loadG1()
        var options = Follow(person: "anna")
        (options.far, options.needsDeadMan) = (.ramp, true)
        let follower = try PersonFollower(profile, rate: Self.rate, options: options)
        var track = PersonTrack()
        var seen: [String] = []
        for tick in 0..<200 {
            let now = Int64(tick) * 20_000_000
            _ = track.take(personFrame(standing, at: Double(tick) / 50, number: tick), at: now)
            var released: Int64?
            if tick < 50 { released = .max }
            if tick >= 100, tick < 100 + ticksReleased { released = Int64(tick - 100) * 20_000_000 }
            let word: String
            switch follower.step(track, robot: profile.standPose, at: now, released: released) {
            case .nothing: word = "nothing"
            case .begin: word = "begin"
            case .aim: word = "aim"
            case .leave: word = "leave"
            case .end(let reason): word = reason
            }
            if seen.last != word { seen.append(word) }
            if word == "deadman" { break }
        }
        let start = ["nothing", "begin", "aim", "leave", "nothing"]
        #expect(seen == start + (isOver ? ["deadman"] : ["begin", "aim"]))
    }

    @Test func whoIsFarIsWaitedFor() throws {
        let profile = try loadG1()
        let follower = try PersonFollower(profile, rate: 50, options: Follow(person: "anna"))
        var track = PersonTrack()
        var begun = false
        for tick in 0..<200 {
            let now = Int64(tick) * 20_000_000
            // Arms to the sides, then hanging.
            var frame = standing
            let drop = min(max(Double(tick - 50) / 50, 0), 1) * 1.3
            for side in Side.both {
                frame.rotations[side.shoulder] = Quaternion(angle: -drop * side.sign, axis: Vector3(0, 0, 1))
            }
            _ = track.take(personFrame(frame, at: Double(tick) / 50, number: tick), at: now)
            if case .begin = follower.step(track, robot: profile.standPose, at: now) { begun = true }
            if tick < 50 { #expect(follower.state == .waiting && (follower.farthest?.distance ?? 0) > 0.8) }
        }
        #expect(begun)
    }

    @Test func whoIsLostIsLeftAndTakenUpWithinASecond() throws {
        let profile = try loadG1()
        var options = Follow(person: "anna")
        options.far = .ramp
        for (silence, ends) in [(0.8, false), (3.0, true)] {
            let follower = try PersonFollower(profile, rate: 50, options: options)
            var track = PersonTrack()
            var (begins, leaves, states): (Int, Int, Set<String>) = (0, 0, [])
            var end: String?
            for tick in 0..<300 where end == nil {
                let time = Double(tick) / 50
                if time < 2 || time > 2 + silence {
                    _ = track.take(personFrame(standing, at: time, number: tick), at: Int64(tick) * 20_000_000)
                }
                switch follower.step(track, robot: profile.standPose, at: Int64(tick) * 20_000_000) {
                case .begin: begins += 1
                case .leave: leaves += 1
                case .end(let reason): end = reason
                case .aim, .nothing: break
                }
                states.insert(follower.state.rawValue)
            }
            #expect(leaves == 1 && begins == (ends ? 1 : 2))
            #expect((end == "lost") == ends)
            #expect(states.isSuperset(of: ["ramping", "following", "predicting", "holding", "lost"]))
        }
    }

    @Test func partsLeaveTheLegsAlone() throws {
        let profile = try loadG1()
        func names(_ part: Follow.Part) throws -> Set<String> {
            var options = Follow(person: "anna")
            options.part = part
            let follower = try PersonFollower(profile, rate: 50, options: options)
            return Set(zip(profile.jointNames, follower.follows).filter(\.1).map(\.0))
        }
        let (upper, arms) = (try names(.upper), try names(.arms))
        #expect(!upper.contains { $0.contains("hip") || $0.contains("knee") || $0.contains("ankle") })
        #expect(upper.contains("waist_yaw_joint") && upper.contains("left_elbow_joint"))
        #expect(arms.count == 14 && !arms.contains { $0.contains("waist") })
    }

    @Test func aMirrorSwapsTheSides() throws {
        let profile = try loadG1()
        var frame = standing
        frame.rotations[.leftShoulder] = Quaternion(angle: -1.2, axis: Vector3(0, 0, 1))
        frame.rotations[.rightShoulder] = Quaternion(angle: 0.3, axis: Vector3(0, 0, 1))
        func pose(_ isMirrored: Bool) throws -> [Double] {
            var options = Follow(person: "anna")
            (options.far, options.isMirrored) = (.ramp, isMirrored)
            let follower = try PersonFollower(profile, rate: 50, options: options)
            var track = PersonTrack()
            var joints: [Double] = []
            for tick in 0..<60 {
                _ = track.take(personFrame(frame, at: Double(tick) / 50, number: tick), at: Int64(tick) * 20_000_000)
                if case .aim(let target) = follower.step(track, robot: profile.standPose, at: Int64(tick) * 20_000_000)
                {
                    joints = target.configuration.jointPositions
                }
            }
            return joints
        }
        let (plain, mirrored) = (try pose(false), try pose(true))
        let left = try #require(profile.jointNames.firstIndex(of: "left_shoulder_roll_joint"))
        let right = try #require(profile.jointNames.firstIndex(of: "right_shoulder_roll_joint"))
        #expect(abs(plain[left] + mirrored[right]) < 0.05 && abs(plain[right] + mirrored[left]) < 0.05)
    }
}
