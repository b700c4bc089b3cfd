public import Geometry
internal import Glibc

/// Capsules on a floor, lit by a sun that throws shadows, as seen by a camera. Drawn by the processor alone: it needs no
/// display and no graphics card.
public struct CapsuleScene: Sendable {
    /// A cylinder with round ends.
    public struct Capsule: Hashable, Sendable {
        /// Middles of the round ends, metres, z up.
        public var from: Vector3
        /// The other one.
        public var to: Vector3
        /// Half the thickness, metres.
        public var radius: Double
        /// Red, green, blue, in [0, 1].
        public var colour: Vector3

        /// Creates a capsule.
        public init(from: Vector3, to: Vector3, radius: Double, colour: Vector3) {
            (self.from, self.to, self.radius, self.colour) = (from, to, radius, colour)
        }
    }

    /// Where the scene is seen from.
    public struct Camera: Hashable, Sendable {
        /// What is in the middle of the picture, metres.
        public var target: Vector3
        /// The angle around the vertical, radians; 0 looks against x.
        public var yaw = -0.65
        /// The height over the horizon, radians.
        public var pitch = 0.2
        /// Metres from the target.
        public var distance = 3.0
        /// The angle that the picture's height covers, radians.
        public var fieldOfView = 0.72

        /// Looks at a point from the usual side.
        public init(target: Vector3) { self.target = target }
    }

    /// What stands on the floor.
    public var capsules: [Capsule]
    /// Where it is seen from.
    public var camera: Camera

    /// Creates a scene.
    public init(_ capsules: [Capsule], camera: Camera) { (self.capsules, self.camera) = (capsules, camera) }

    private static let sun = Vector3(0.42, 0.33, 0.85) / Vector3(0.42, 0.33, 0.85).length
    private static let horizon = Vector3(0.93, 0.945, 0.96)
    private static let tile = Vector3(0.80, 0.825, 0.855)
    private static let line = Vector3(0.64, 0.68, 0.74)
    /// Pixels are made of so many in a row and column, which smooths edges.
    private static let fineness = 2

    /// Draws the scene.
    public func picture(width: Int, height: Int) -> Picture {
        let (wide, high) = (width * CapsuleScene.fineness, height * CapsuleScene.fineness)
        var canvas = Canvas(width: wide, height: high, view: View(camera, width: wide, height: high))
        canvas.drawFloor()
        for capsule in capsules { canvas.shade(under: capsule, along: CapsuleScene.sun) }
        for capsule in capsules { canvas.draw(capsule, sun: CapsuleScene.sun) }
        return canvas.reduced(by: CapsuleScene.fineness)
    }

    /// Rays of a camera.
    private struct View {
        let eye: Vector3
        let (right, up, ahead): (Vector3, Vector3, Vector3)
        let focus: Double
        let (middleX, middleY): (Double, Double)

        init(_ camera: Camera, width: Int, height: Int) {
            let back = Vector3(
                cos(camera.yaw) * cos(camera.pitch),
                sin(camera.yaw) * cos(camera.pitch), sin(camera.pitch))
            eye = camera.target + back * camera.distance
            ahead = back * -1
            let side = ahead.cross(Vector3(0, 0, 1))
            right = side / side.length
            up = right.cross(ahead)
            focus = Double(height) / 2 / tan(camera.fieldOfView / 2)
            (middleX, middleY) = (Double(width) / 2, Double(height) / 2)
        }

        /// The way of the light to a pixel, of unit length.
        func ray(_ x: Int, _ y: Int) -> Vector3 {
            let way =
                ahead * focus + right * (Double(x) + 0.5 - middleX) + up * (middleY - Double(y) - 0.5)
            return way / way.length
        }

        /// The pixels that a sphere may cover; nil where some of it lies behind the camera.
        func box(_ centre: Vector3, _ radius: Double) -> (x: ClosedRange<Double>, y: ClosedRange<Double>)? {
            let way = centre - eye
            let depth = way.dot(ahead) - radius
            guard depth > 0.05 else { return nil }
            let (x, y) = (way.dot(right), way.dot(up))
            let reach = radius * focus / depth
            let scale = focus / (depth + radius)
            return (
                (middleX + x * scale - reach - 1)...(middleX + x * scale + reach + 1),
                (middleY - y * scale - reach - 1)...(middleY - y * scale + reach + 1)
            )
        }
    }

    /// Pixels with what is nearest in them.
    private struct Canvas {
        let width: Int
        let height: Int
        let view: View
        var colours: [Vector3]
        var depths: [Double]

        init(width: Int, height: Int, view: View) {
            (self.width, self.height, self.view) = (width, height, view)
            colours = Array(repeating: horizon, count: width * height)
            depths = Array(repeating: .infinity, count: width * height)
        }

        mutating func drawFloor() {
            for y in 0..<height {
                for x in 0..<width {
                    let ray = view.ray(x, y)
                    guard ray.z < -1e-4 else { continue }
                    let distance = -view.eye.z / ray.z
                    let place = view.eye + ray * distance
                    // What a pixel covers on the floor grows with the distance and the slant.
                    let cover = distance / view.focus / Swift.max(0.12, -ray.z)
                    let lines = Swift.max(grid(place, 0.5, 0.006, cover) * 0.5, grid(place, 2, 0.012, cover))
                    let fog = Swift.min(1, Swift.max(0, (distance - 3.5) / 8))
                    let colour = tile + (line - tile) * lines
                    colours[y * width + x] = colour + (horizon - colour) * fog
                    depths[y * width + x] = distance
                }
            }
        }

        private func grid(_ place: Vector3, _ step: Double, _ half: Double, _ cover: Double) -> Double {
            func one(_ value: Double) -> Double {
                let nearest = abs(value / step - (value / step).rounded()) * step
                return Swift.min(1, Swift.max(0, (half + cover / 2 - nearest) / cover))
            }
            return Swift.max(one(place.x), one(place.y)) * Swift.min(1, step / (8 * cover))
        }

        /// The pixels that a capsule may cover.
        private func pixels(_ from: Vector3, _ to: Vector3, _ radius: Double) -> (x: Range<Int>, y: Range<Int>)? {
            guard let a = view.box(from, radius), let b = view.box(to, radius) else { return nil }
            func range(_ a: ClosedRange<Double>, _ b: ClosedRange<Double>, _ limit: Int) -> Range<Int> {
                let low = Swift.min(a.lowerBound, b.lowerBound).clamped(0, Double(limit))
                let high = Swift.max(a.upperBound, b.upperBound).clamped(0, Double(limit))
                return Int(low)..<Swift.max(Int(low), Int(high.rounded(.up)))
            }
            return (range(a.x, b.x, width), range(a.y, b.y, height))
        }

        /// Darkens the floor where the capsule keeps the sun off.
        mutating func shade(under capsule: Capsule, along sun: Vector3) {
            func foot(_ point: Vector3) -> Vector3 { point - sun * (point.z / sun.z) }
            let reach = capsule.radius / sun.z
            guard let box = pixels(foot(capsule.from), foot(capsule.to), reach) else { return }
            for y in box.y {
                for x in box.x {
                    let place = y * width + x
                    let ray = view.ray(x, y)
                    guard ray.z < -1e-4, depths[place] > 0 else { continue }
                    let floor = view.eye + ray * (-view.eye.z / ray.z)
                    guard capsule.meets(floor, sun) != nil else { continue }
                    colours[place] = colours[place] * 0.66
                    // Marked, so that no other capsule darkens it again.
                    depths[place] = -depths[place]
                }
            }
        }

        mutating func draw(_ capsule: Capsule, sun: Vector3) {
            guard let box = pixels(capsule.from, capsule.to, capsule.radius) else { return }
            for y in box.y {
                for x in box.x {
                    let place = y * width + x
                    let ray = view.ray(x, y)
                    guard let hit = capsule.meets(view.eye, ray), hit.distance < abs(depths[place]) else { continue }
                    depths[place] = hit.distance
                    let facing = Swift.max(0, hit.normal.dot(sun))
                    let half = sun - ray
                    let glance = Swift.max(0, hit.normal.dot(half / half.length))
                    let square = glance * glance
                    let shine = square * square * square * square * square * square * square * square * 0.22 * facing
                    let around = 0.38 + 0.14 * (hit.normal.z * 0.5 + 0.5)
                    colours[place] = capsule.colour * (around + 0.62 * facing) + Vector3(shine, shine, shine)
                }
            }
        }

        func reduced(by factor: Int) -> Picture {
            var picture = Picture(width: width / factor, height: height / factor)
            for y in 0..<picture.height {
                for x in 0..<picture.width {
                    var sum = Vector3.zero
                    for row in 0..<factor {
                        let start = (y * factor + row) * width + x * factor
                        for column in 0..<factor { sum = sum + colours[start + column] }
                    }
                    let start = 3 * (y * picture.width + x)
                    for (channel, value) in [sum.x, sum.y, sum.z].enumerated() {
                        picture.bytes[start + channel] = UInt8((255 * value / Double(factor * factor)).clamped(0, 255))
                    }
                }
            }
            return picture
        }
    }
}

extension CapsuleScene.Capsule {
    /// Where a ray first meets the capsule: how far from its start, and the surface's direction there.
    fileprivate func meets(_ start: Vector3, _ ray: Vector3) -> (distance: Double, normal: Vector3)? {
        let (axis, way) = (to - from, start - from)
        let (length2, along, rise) = (axis.dot(axis), axis.dot(ray), axis.dot(way))
        if length2 > 1e-12 {
            // The cylinder: points at `radius` from the axis, between the ends.
            let a = length2 - along * along
            let b = length2 * way.dot(ray) - rise * along
            let c = length2 * way.dot(way) - rise * rise - radius * radius * length2
            let root = b * b - a * c
            if root < 0 { return nil }
            let distance = a > 1e-12 ? (-b - root.squareRoot()) / a : -1
            let height = rise + distance * along
            if distance > 1e-4, height > 0, height < length2 {
                let point = way + ray * distance
                return (distance, (point - axis * (height / length2)) / radius)
            }
        }
        let ends = [from, to].compactMap { centre -> (Double, Vector3)? in
            let way = start - centre
            let b = way.dot(ray)
            let root = b * b - way.dot(way) + radius * radius
            guard root >= 0 else { return nil }
            let distance = -b - root.squareRoot()
            return distance > 1e-4 ? (distance, (way + ray * distance) / radius) : nil
        }
        return ends.min { $0.0 < $1.0 }
    }
}

extension Double {
    fileprivate func clamped(_ low: Double, _ high: Double) -> Double { Swift.min(high, Swift.max(low, self)) }
}
