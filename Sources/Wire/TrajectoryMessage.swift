internal import Geometry
internal import JSON
public import Timeline

extension StreamMessage {
    /// The message `trajectory.<robot>.`: frames that will be published if nothing is edited. A later one takes the place of
    /// this one's tail from its first frame on.
    ///
    /// - Parameters:
    ///   - robot: The robot's name.
    ///   - profile: Content hash of its profile.
    ///   - rate: Stream frames per second.
    ///   - epoch: The process that publishes.
    ///   - stamp: Its sequence and times.
    ///   - frames: What will be published, in order.
    /// - Returns: The message.
    public static func trajectory(
        of robot: String, profile: String, rate: Int, epoch: Int64, stamp: ReferenceStamp,
        frames: some Collection<PublishedFrame>
    ) -> StreamMessage {
        var (positions, velocities, places, rotations): ([Float], [Float], [Float], [Float]) = ([], [], [], [])
        for frame in frames {
            positions += frame.jointPositions.map(Float.init)
            velocities += frame.jointVelocities.map(Float.init)
            let (place, rotation) = (frame.rootPosition, frame.rootRotation)
            places += [place.x, place.y, place.z].map(Float.init)
            rotations += [rotation.w, rotation.x, rotation.y, rotation.z].map(Float.init)
        }
        let (count, joints) = (frames.count, frames.first?.jointPositions.count ?? 0)
        return StreamMessage(
            topic: "trajectory.\(robot).",
            header: [
                .init("epoch", .integer(epoch)), .init("seq", .integer(stamp.sequence)),
                .init("t_mono_ns", .integer(stamp.monotonicNanoseconds)),
                .init("t_wall_ns", .integer(stamp.wallNanoseconds)), .init("rate_hz", JSONValue(rate)),
                .init("profile", .string(profile)), .init("quat", "wxyz"), .init("frame_id", "world"),
            ],
            fields: [
                .init("frame", shape: [count], .integer(frames.map(\.frame))),
                .init("joint_pos", shape: [count, joints], .float(positions)),
                .init("joint_vel", shape: [count, joints], .float(velocities)),
                .init("root_pos", shape: [count, 3], .float(places)),
                .init("root_quat", shape: [count, 4], .float(rotations)),
            ])
    }
}
