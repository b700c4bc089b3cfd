import Geometry
public import HumanBody

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Turns feature rows of `MotionFeatures` back into frames, one at a time, by summing heading and root steps.
public struct MotionIntegrator: Sendable {
    /// Heading as an angle about y from +z, radians.
    public private(set) var heading: Double
    /// Pelvis position on the floor, metres.
    public private(set) var x: Double
    /// Pelvis position on the floor, metres.
    public private(set) var z: Double
    /// Rotations of the frame before, to keep the quaternions' signs continuous.
    private var previous: [Quaternion]

    /// Starts at a place on the floor: the origin, facing +z, unless told.
    public init(heading: Double = 0, x: Double = 0, z: Double = 0) {
        self.heading = heading
        self.x = x
        self.z = z
        previous = SMPLSkeleton.restRotations
    }

    /// The frame of the next row.
    ///
    /// Any finite row gives a frame of unit quaternions: six numbers are made orthonormal, and of the heading step
    /// only the turn about y is taken.
    ///
    /// - Parameter row: The 276 numbers of `MotionFeatures`, not normalised.
    /// - Returns: The frame in the world, y up, metres.
    public mutating func frame(from row: UnsafeBufferPointer<Float>) -> HumanFrame {
        precondition(row.count == MotionFeatures.width, "a feature row has 276 numbers")
        advance(by: row)
        var rotations: [Quaternion] = []
        rotations.reserveCapacity(HumanJoint.count)
        for joint in HumanJoint.allCases {
            var rotation = Quaternion(Self.rotation(row, at: MotionFeatures.rotation(of: joint).lowerBound))
            if joint == .pelvis { rotation = Quaternion(angle: heading, axis: Vector3(0, 1, 0)) * rotation }
            rotations.append(rotation.aligned(with: previous[joint]))
        }
        previous = rotations
        func contact(_ index: Int) -> Double {
            Double(min(max(row[MotionFeatures.contacts.lowerBound + index], 0), 1))
        }
        return HumanFrame(
            pelvis: Vector3(x, Double(row[MotionFeatures.position(of: .pelvis).lowerBound + 1]), z),
            rotations: rotations,
            contacts: FootContacts(
                leftAnkle: contact(0), leftToe: contact(1), rightAnkle: contact(2), rightToe: contact(3)))
    }

    /// Heading and place after the row, as `frame(from:)` leaves them.
    mutating func advance(by row: UnsafeBufferPointer<Float>) {
        let step = Quaternion(angle: heading, axis: Vector3(0, 1, 0)).act(Vector3(Double(row[0]), 0, Double(row[1])))
        x += step.x
        z += step.z
        // The row holds Y(h_t − h_{t−1}) with h = −heading.
        let turn = Self.rotation(row, at: MotionFeatures.headingStep.lowerBound)
        heading -= atan2(turn[0, 2], turn[2, 2])
    }

    private static func rotation(_ row: UnsafeBufferPointer<Float>, at start: Int) -> Matrix3 {
        func vector(_ index: Int) -> Vector3 {
            Vector3(Double(row[index]), Double(row[index + 1]), Double(row[index + 2]))
        }
        return Rotation6D(first: vector(start), second: vector(start + 3)).matrix
    }
}
