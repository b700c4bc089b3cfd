import ArgumentParser
import Drawing
import Foundation
import Geometry
import JSON
import Robots
import Service

/// Draws motion from a file into a film, without a display.
struct RenderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render", abstract: "Draw motion from a file as a GIF, MP4 or PNG, without a display.",
        discussion: """
            The ending of -o says what is written: .gif, .png (one picture, in the middle of the motion or --at), .mp4 \
            (needs ffmpeg). A person's motion is retargeted first.

            Examples:
              kmmctl render dance_g1.npz -o dance.gif
              kmmctl render dance.bvh --robot booster_t1 -o dance.mp4 --size 1280x720
              kmmctl render recording.mcap -o pose.png --at 2.5
            """)

    @OptionGroup var motion: MotionFileArguments
    @Option(name: .shortAndLong, help: "The file to write: .gif, .mp4 or .png.", completion: .file())
    var output: String
    @Option(help: "Width and height, pixels.")
    var size = "480x360"
    @Option(help: "Pictures a second.")
    var fps = 20.0
    @Option(help: "For .png: the time of the picture, seconds.")
    var at: Double?
    @Option(help: "From where it is seen: degrees around the robot, 0 from ahead.")
    var yaw = -40.0
    @OptionGroup var printing: JSONOption

    /// Most pixels of a picture.
    private static let mostPixels = 4_000_000

    private var pixels: (width: Int, height: Int)? {
        let numbers = size.split(separator: "x").compactMap { Int($0) }
        guard numbers.count == 2, numbers.allSatisfy({ $0 > 1 }), numbers[0] * numbers[1] <= RenderCommand.mostPixels
        else { return nil }
        // Films want even numbers.
        return (numbers[0] & ~1, numbers[1] & ~1)
    }

    func validate() throws {
        guard pixels != nil else { throw ValidationError("--size is WIDTHxHEIGHT, as 480x360, to 4 million pixels") }
        guard fps >= 1, fps <= 60 else { throw ValidationError("--fps has to lie in 1 to 60") }
        guard [".gif", ".mp4", ".png"].contains(where: output.hasSuffix) else {
            throw ValidationError("-o has to end in .gif, .mp4 or .png")
        }
    }

    func run() async throws {
        let clip = try motion.load()
        let drawing: RobotDrawing
        do { drawing = try RobotDrawing(clip.profile) } catch { throw ControlError.badInput("\(error)") }
        let length = Double(clip.frames.count) / clip.rate
        do {
            if output.hasSuffix(".png") {
                let time = at ?? length / 2
                let shot = Shot(drawing.picture(clip, at: time), size: pixels ?? (480, 360), yaw: yaw)
                try Data(shot.draw().png).write(to: URL(filePath: output), options: .atomic)
                return printing.tell(
                    "\(output): \(size) at \(String(format: "%.2f", time)) s",
                    ["output": .string(output), "size": .string(size), "at_s": .number(time)])
            }
            let begin = Date()
            let count = max(1, Int(length * fps))
            let shots = (0..<count).map {
                Shot(drawing.picture(clip, at: Double($0) / fps), size: pixels ?? (480, 360), yaw: yaw)
            }
            let pictures = await RenderCommand.draw(shots)
            try output.hasSuffix(".gif") ? writeGIF(pictures) : writeFilm(pictures)
            let taken = Date().timeIntervalSince(begin)
            printing.tell(
                String(
                    format: "%@: %d pictures of %@, %.1f s of motion drawn in %.1f s", output, count, size, length,
                    taken),
                [
                    "output": .string(output), "size": .string(size), "pictures": JSONValue(count),
                    "motion_s": .number(length), "drawn_in_s": .number(taken),
                ])
        } catch let error as CocoaError {
            throw ControlError.badInput("\(output): \(error.localizedDescription)")
        }
    }

    /// Draws the pictures on all processors.
    private static func draw(_ shots: [Shot]) async -> [Picture] {
        await withTaskGroup(of: (Int, Picture).self) { group in
            for (index, shot) in shots.enumerated() { group.addTask { (index, shot.draw()) } }
            var pictures = [Picture?](repeating: nil, count: shots.count)
            for await (index, picture) in group { pictures[index] = picture }
            return pictures.compactMap { $0 }
        }
    }

    private func writeGIF(_ pictures: [Picture]) throws {
        let step = max(1, pictures.count / 6)
        var film = GIF(samples: stride(from: 0, to: pictures.count, by: step).map { pictures[$0] }, rate: fps)
        for picture in pictures { film.add(picture) }
        try Data(film.file).write(to: URL(filePath: output), options: .atomic)
    }

    private func writeFilm(_ pictures: [Picture]) throws {
        guard let first = pictures.first else { return }
        let encoder = Process()
        encoder.executableURL = URL(filePath: "/usr/bin/env")
        encoder.arguments = [
            "ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24",
            "-s", "\(first.width)x\(first.height)", "-r", "\(fps)", "-i", "-", "-pix_fmt", "yuv420p", "-movflags",
            "+faststart", output,
        ]
        let pipe = Pipe()
        encoder.standardInput = pipe
        // An encoder that ends early is told by its status.
        signal(SIGPIPE, SIG_IGN)
        try encoder.run()
        for picture in pictures { try? pipe.fileHandleForWriting.write(contentsOf: Data(picture.bytes)) }
        try? pipe.fileHandleForWriting.close()
        encoder.waitUntilExit()
        guard encoder.terminationStatus == 0 else {
            throw ControlError.badInput(
                "\(output): ffmpeg is needed for .mp4, and failed or is not installed; .gif needs none")
        }
    }
}

/// One picture that is to be drawn.
private struct Shot: Sendable {
    private let scene: CapsuleScene
    private let size: (width: Int, height: Int)

    init(_ capsules: [CapsuleScene.Capsule], size: (width: Int, height: Int), yaw: Double) {
        let centre = capsules.map(\.from).reduce(Vector3.zero) { $0 + $1 } / Double(max(1, capsules.count))
        let top = capsules.map { max($0.from.z, $0.to.z) + $0.radius }.max() ?? 1.3
        var camera = CapsuleScene.Camera(target: Vector3(centre.x, centre.y, 0.5 * top))
        // The robot fills two thirds of the height.
        camera.distance = 1.55 * top / (2 * tan(camera.fieldOfView / 2))
        camera.yaw = yaw * .pi / 180
        scene = CapsuleScene(capsules, camera: camera)
        self.size = size
    }

    func draw() -> Picture { scene.picture(width: size.width, height: size.height) }
}

extension RobotDrawing {
    private static let middle = Vector3(0.70, 0.73, 0.78)
    private static let left = Vector3(0.20, 0.48, 0.90)
    private static let right = Vector3(0.94, 0.50, 0.16)

    /// The robot's capsules at a time of its motion, left and right in their colours.
    fileprivate func picture(_ clip: MotionFileArguments.Clip, at time: Double) -> [CapsuleScene.Capsule] {
        let index = min(clip.frames.count - 1, max(0, Int((time * clip.rate).rounded())))
        return capsules(clip.frames[index]).map { capsule in
            CapsuleScene.Capsule(
                from: capsule.from, to: capsule.to, radius: capsule.radius,
                colour: capsule.side > 0 ? Self.left : capsule.side < 0 ? Self.right : Self.middle)
        }
    }
}
