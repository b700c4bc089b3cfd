internal import Publishing
internal import ServiceCore
internal import Wire

/// What the daemon tells Prometheus.
struct Metrics: Sendable {
    let identity: DaemonIdentity
    let robots: RobotList
    let server: CommandServer
    let accessControl: AccessControl
    let times: WorkTimes
    let publisher: Publisher
    let people: PeopleVerbs

    /// The metrics as text; those of the publisher only once it has begun.
    func text() async -> String {
        let commands = await server.tally()
        var text = MetricsText()
        text.add(
            "kmmd_build_info", .gauge, "Version of the daemon and its generator.",
            [.init(1, ("version", identity.build), ("model", identity.model))])
        if publisher.ticks > 0 {
            text.add(
                "kmmd_tick_lateness_seconds", "How late the publisher's ticks came.", publisher.lateness.histogram)
        }
        text.add(
            "kmmd_commands_total", .counter, "Commands accepted (ok) and requests refused, by code.",
            commands.answers.sorted { $0.key < $1.key }.map { MetricsText.Sample($0.value, ("code", $0.key)) })
        text.add(
            "kmmd_command_first_frame_seconds", "From a command's receipt to its first changed frame.",
            times.firstFrame.snapshot)
        text.add("kmmd_generation_seconds", "Steps of the generator.", times.generation.snapshot)
        text.add("kmmd_retarget_seconds", "Steps of the retargeters.", times.retargeting.snapshot)
        addPeople(to: &text)
        text.add(
            "kmmd_queue_depth", .gauge, "Commands that are not over.",
            robots.all.map { MetricsText.Sample(commands.queues[$0.name] ?? 0, ("robot", $0.name)) })
        addStreams(to: &text)
        text.add(
            "kmmd_auth_failures_total", .counter, "Clients that were refused at the sockets.",
            [.init(accessControl.counts.authenticationFailures)])
        let now = Clock.monotonic()
        text.add(
            "kmmd_feedback_age_seconds", .gauge, "Age of the newest measured state.",
            robots.all.compactMap { robot in
                robot.channel.measuredAge(at: now).map { MetricsText.Sample(Double($0) / 1e9, ("robot", robot.name)) }
            })
        let conditions = await server.conditions()
        text.add(
            "kmmd_robot_condition", .gauge, "How a robot stands by its measured state: 1 for what is so.",
            conditions.now.sorted { $0.key < $1.key }.flatMap { robot, now in
                RobotEvent.Condition.State.allCases.map {
                    MetricsText.Sample($0 == now ? 1 : 0, ("robot", robot), ("condition", $0.rawValue))
                }
            })
        text.add(
            "kmmd_falls_total", .counter, "Times that a robot was measured to have fallen.",
            conditions.now.keys.sorted().map { MetricsText.Sample(conditions.falls[$0] ?? 0, ("robot", $0)) })
        return text.text
    }

    private func addPeople(to text: inout MetricsText) {
        let people = self.people.list()
        func samples(_ value: (PersonDescription) -> Double) -> [MetricsText.Sample] {
            people.people.map { MetricsText.Sample(value($0), ("person", $0.person)) }
        }
        text.add("kmmd_person_frames_total", .counter, "Frames of live people.", samples { Double($0.frames) })
        text.add(
            "kmmd_person_lost_total", .counter, "Frames of live people that are missing.", samples { Double($0.lost) })
        text.add("kmmd_person_rate_hz", .gauge, "Frames a second of live people.", samples(\.rateHz))
        text.add(
            "kmmd_person_refused_total", .counter, "Packets of senders that could not be used.", [.init(people.refused)]
        )
        text.add(
            "kmmd_human_receipt_seconds", "From receipt of a person's newest frame to the tick that shows the person.",
            self.people.following.receipt.snapshot)
        text.add(
            "kmmd_human_age_seconds", "From the sensors to the tick that shows the person.",
            self.people.following.age.snapshot)
    }

    private func addStreams(to text: inout MetricsText) {
        let statuses = robots.all.map { (robot: $0.name, status: $0.channel.status) }
        var (frames, underruns, limits): ([MetricsText.Sample], [MetricsText.Sample], [MetricsText.Sample]) = (
            [], [], []
        )
        for (robot, status) in statuses {
            frames.append(.init(Double(max(0, status.frame + 1)), ("robot", robot), ("sink", "native")))
            underruns.append(.init(status.underruns, ("robot", robot)))
            let totals = status.limits
            let kinds = [
                ("position", totals.position), ("velocity", totals.velocity), ("acceleration", totals.acceleration),
                ("jerk", totals.jerk), ("slowed", totals.slowedFrames),
            ]
            for (kind, count) in kinds { limits.append(.init(count, ("robot", robot), ("kind", kind))) }
        }
        for sink in publisher.sinks {
            frames.append(.init(sink.sent, ("robot", sink.robot), ("sink", sink.format)))
        }
        text.add("kmmd_frames_published_total", .counter, "Frames handed to the sockets.", frames)
        text.add("kmmd_underruns_total", .counter, "Times that a plan ran dry before a command's end.", underruns)
        text.add(
            "kmmd_limiter_activations_total", .counter, "Times that limits acted, over all joints; frames slowed.",
            limits)
        text.add(
            "kmmd_limiter_joint_activations_total", .counter, "Times that limits acted on a joint.",
            robots.all.flatMap { robot in
                robot.channel.limits.byJoint(robot.profile).flatMap { joint, kinds in
                    kinds.map {
                        MetricsText.Sample($0.count, ("robot", robot.name), ("joint", joint), ("kind", $0.name))
                    }
                }
            })
    }
}
