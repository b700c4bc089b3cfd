import Geometry
import HumanBody
import HumanMotion
import LivePeople
import Testing
import Wire

/// What becomes of frames that come late, twice, in disorder, from clocks that leap, or half.
struct TrackTests {
    private static let zero: Int64 = 50_000_000_000

    private func nanoseconds(_ seconds: Double) -> Int64 { Self.zero + Int64(seconds * 1e9) }

    @Test func latencyFollowsTheFastestPacketsAndNeverGrows() throws {
        var track = PersonTrack()
        var random = SplitMix64(seed: 3)
        // 30 ms jitter over a way of 20 ms, and a second in which nothing gets through until its end.
        for number in 0..<1800 {
            let sent = Double(number) / 60
            let jitter = 0.03 * Double(random.next() % 1000) / 1000
            let arrival = (12..<13).contains(sent) ? 13.0 : sent + 0.02 + jitter
            _ = track.take(personFrame(standing, at: sent, number: number), at: nanoseconds(arrival))
            if number > 300 {
                let offset = try #require(track.senderTime(at: nanoseconds(0)))
                // The time of the sender that is shown at our time 0: 20 ms before, whatever is held up.
                #expect(abs(Double(offset) / 1e9 + 0.02) < 0.004, "after \(number): \(Double(offset) / 1e9)")
            }
        }
        #expect(track.counts.restarts == 0)
    }

    @Test func duplicatesAndDisorderAreHarmless() {
        var track = PersonTrack()
        for number in [0, 1, 3, 2, 2, 4, 4, 5, 7] {
            _ = track.take(
                personFrame(standing, at: Double(number) / 50, number: number), at: nanoseconds(Double(number) / 50))
        }
        #expect(track.counts.taken == 7 && track.counts.duplicates == 2 && track.counts.reordered == 1)
        #expect(track.counts.lost >= 1)
    }

    @Test(arguments: [-100.0, -2, 3, 1000]) func aClockThatLeapsIsANewOne(_ leap: Double) throws {
        var track = PersonTrack()
        for number in 0..<120 {
            let time = Double(number) / 60
            let sent = time + (number < 60 ? 0 : leap)
            let verdict = track.take(personFrame(standing, at: 200 + sent, number: number), at: nanoseconds(time))
            #expect(verdict == (number == 60 ? .restarted : .taken))
        }
        let newest = try #require(track.newestTime)
        let shown = try #require(track.senderTime(at: nanoseconds(119.0 / 60)))
        #expect(abs(shown - newest) < 5_000_000)
    }

    @Test func anotherSessionIsANewStart() {
        var track = PersonTrack()
        _ = track.take(personFrame(standing, at: 1, number: 5, session: 1), at: nanoseconds(1))
        let verdict = track.take(personFrame(standing, at: 1.02, number: 0, session: 2), at: nanoseconds(1.02))
        #expect(verdict == .restarted)
    }

    @Test func aThousandFramesASecondAreThinnedAndTheNewestKept() throws {
        var track = PersonTrack()
        for number in 0..<3000 {
            let time = Double(number) / 1000
            _ = track.take(personFrame(standing, at: time, number: number), at: nanoseconds(time))
        }
        #expect(track.newestTime == 2_999_000_000)
        #expect(abs(track.rate - 1000) < 50)
        var frame = HumanFrame(pelvis: .zero)
        #expect(track.sample(at: 2_200_000_000, into: &frame) == .known)
    }

    @Test func framesWithoutStampsAreEvenedOut() throws {
        var track = PersonTrack()
        var random = SplitMix64(seed: 5)
        var gaps: [Int64] = []
        var last: Int64?
        for number in 0..<600 {
            let time = Double(number) / 60 + 0.008 * Double(random.next() % 1000) / 1000
            var frame = personFrame(standing, at: 0, number: number)
            frame.stamp = SenderStamp()
            _ = track.take(frame, at: nanoseconds(time))
            let newest = try #require(track.newestTime)
            if let last, number > 300 { gaps.append(newest - last) }
            last = newest
        }
        let mean = Double(gaps.reduce(0, +)) / Double(gaps.count)
        let spread = gaps.map { abs(Double($0) - mean) }.max() ?? 0
        #expect(abs(mean - 1e9 / 60) < 2e5)
        #expect(spread < 3e6, "\(spread / 1e6) ms")
    }

    @Test func beyondTheNewestFrameMotionDiesDown() throws {
        var track = PersonTrack()
        for number in 0...30 {
            var frame = standing
            frame.rotations[.leftElbow] = Quaternion(angle: 2 * Double(number) / 60, axis: Vector3(0, 1, 0))
            _ = track.take(
                personFrame(frame, at: Double(number) / 60, number: number), at: nanoseconds(Double(number) / 60))
        }
        func angle(after gap: Double) -> Double {
            var frame = HumanFrame(pelvis: .zero)
            let sample = track.sample(at: 500_000_000 + Int64(gap * 1e9), into: &frame)
            if gap > 0 { #expect(sample == .predicted(after: Int64(gap * 1e9))) }
            return frame.rotations[.leftElbow].angle
        }
        #expect(abs(angle(after: 0) - 1) < 1e-6)
        #expect(abs(angle(after: 0.01) - 1.02) < 0.003)
        // 2 rad/s that decay with 80 ms lead 0.16 rad on, and stay.
        #expect(abs(angle(after: 0.4) - angle(after: 0.45)) < 0.002)
        #expect(abs(angle(after: 0.4) - 1.16) < 0.005)
    }

    @Test func missingJointsStayAWhileAndThenRest() throws {
        var track = PersonTrack()
        var bent = standing
        bent.rotations[.leftElbow] = Quaternion(angle: 1, axis: Vector3(0, 1, 0))
        bent.rotations[.leftShoulder] = Quaternion(angle: -0.7, axis: Vector3(0, 0, 1))
        for number in 0..<120 {
            var frame = personFrame(bent, at: Double(number) / 60, number: number)
            if number >= 60 {
                var world = frame.orientations.map(Optional.init)
                for joint in [HumanJoint.leftElbow, .leftWrist] { world[joint] = nil }
                frame = PersonFrame(name: "anna", stamp: frame.stamp, world: world, pelvis: frame.pelvis)
            }
            _ = track.take(frame, at: nanoseconds(Double(number) / 60))
            var shown = HumanFrame(pelvis: .zero)
            _ = track.sample(at: try #require(track.newestTime), into: &shown)
            let wanted = number < 60 + 18 ? 1.0 : 0
            if number < 60 || number > 85 || number < 75 {
                #expect(abs(shown.rotations[.leftElbow].angle - wanted) < 1e-6, "\(number)")
            }
            #expect(abs(shown.rotations[.leftShoulder].angle - 0.7) < 1e-6)
        }
    }

    @Test func sizeCancelsAndTheFloorIsFound() throws {
        for size in [0.7, 1.0, 1.4] {
            var track = PersonTrack()
            for number in 0..<60 {
                _ = track.take(
                    personFrame(standing, at: Double(number) / 60, number: number, size: size),
                    at: nanoseconds(Double(number) / 60))
            }
            var shown = HumanFrame(pelvis: .zero)
            _ = track.sample(at: try #require(track.newestTime), into: &shown)
            #expect(abs(shown.pelvis.y - standing.pelvis.y) < 0.02, "\(size): \(shown.pelvis.y)")
        }
    }

    @Test func withoutAPlaceTheFeetCarry() throws {
        // A walk whose pelvis is not sent comes as far as it went, to some centimetres a step.
        let clip = try cmuClip("walk")
        var track = PersonTrack()
        for (number, frame) in clip.frames.enumerated() {
            var person = personFrame(frame, at: Double(number) / clip.frameRate, number: number, size: 1)
            person.pelvis = nil
            _ = track.take(person, at: nanoseconds(Double(number) / clip.frameRate))
        }
        var shown = HumanFrame(pelvis: .zero)
        _ = track.sample(at: try #require(track.newestTime), into: &shown)
        let (first, last) = (clip.frames[0].pelvis, clip.frames[clip.frames.count - 1].pelvis)
        let way = Vector3(last.x - first.x, 0, last.z - first.z).length
        let own = Vector3(shown.pelvis.x, 0, shown.pelvis.z).length
        #expect(abs(own - way) < 0.25 * way, "\(own) of \(way) m")
    }

    @Test(arguments: [Calibrate.Pose.t, .a, .n]) func aPoseTellsHowJointFramesLie(_ pose: Calibrate.Pose) throws {
        var random = SplitMix64(seed: 11)
        func turn() -> Quaternion {
            func part() -> Double { Double(random.next() % 2000) / 1000 - 1 }
            return Quaternion(rotationVector: Vector3(part(), part(), part()) * 1.5)
        }
        // Every joint frame lies otherwise; the person faces ahead.
        let rest = HumanJoint.allCases.map { _ in turn() }
        func seen(_ world: [Quaternion], _ number: Int) -> PersonFrame {
            var frame = PersonFrame(
                name: "anna", stamp: SenderStamp(time: Int64(number) * 16_666_667),
                world: zip(world, rest).map { $0 * $1 }, pelvis: Vector3(0, 0.95, 0))
            frame.isRestKnown = false
            return frame
        }
        let drops: [Calibrate.Pose: Double] = [.t: 0, .a: .pi / 4, .n: 82 * .pi / 180]
        let drop = drops[pose] ?? 0
        var taken = SMPLSkeleton.restRotations
        for side in Side.both { taken[side.shoulder] = Quaternion(angle: -drop * side.sign, axis: Vector3(0, 0, 1)) }
        var track = PersonTrack()
        for number in 0..<60 {
            _ = track.take(seen(SMPLSkeleton.worldRotations(taken), number), at: Int64(number) * 16_666_667)
        }
        let report = try track.calibrate(pose)
        #expect(report.legLength != nil)
        var moved = SMPLSkeleton.restRotations
        for joint in HumanJoint.allCases { moved[joint] = Quaternion(angle: 0.3, axis: Vector3(1, 0.5, -0.2)) }
        _ = track.take(seen(SMPLSkeleton.worldRotations(moved), 61), at: 61 * 16_666_667)
        var shown = HumanFrame(pelvis: .zero)
        _ = track.sample(at: 61 * 16_666_667, into: &shown)
        for joint in HumanJoint.allCases {
            #expect((moved[joint].conjugate * shown.rotations[joint]).angle < 1e-6, "\(joint.name)")
        }
    }

    @Test func whoMovesOrStandsOtherwiseIsNotMeasured() throws {
        var track = PersonTrack()
        #expect(throws: PersonCalibration.Failure.self) { try track.calibrate(.t) }
        for number in 0..<60 {
            var frame = standing
            frame.rotations[.leftElbow] = Quaternion(angle: Double(number) / 60, axis: Vector3(0, 1, 0))
            _ = track.take(
                personFrame(frame, at: Double(number) / 60, number: number), at: nanoseconds(Double(number) / 60))
        }
        #expect(throws: PersonCalibration.Failure.self) { try track.calibrate(.t) }
        for number in 60..<120 {
            _ = track.take(
                personFrame(standing, at: Double(number) / 60, number: number), at: nanoseconds(Double(number) / 60))
        }
        #expect(throws: PersonCalibration.Failure.self) { try track.calibrate(.n) }
        #expect(try track.calibrate(.t).residuals.values.max() ?? 99 < 1)
    }
}
