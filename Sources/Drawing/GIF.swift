/// Pictures one after the other as an animated GIF (GIF89a), with one palette of 256 colours for all.
public struct GIF: Sendable {
    private var bytes: [UInt8] = []
    private let palette: Palette
    private let (width, height, delay): (Int, Int, Int)

    /// Begins an animation that runs for ever.
    ///
    /// - Parameters:
    ///   - samples: Pictures from which the palette is taken; at least one, all of one size.
    ///   - rate: Pictures a second; what GIF can say is hundredths of a second.
    public init(samples: [Picture], rate: Double) {
        precondition(!samples.isEmpty, "a palette needs a picture")
        palette = Palette(samples)
        (width, height) = (samples[0].width, samples[0].height)
        delay = max(2, Int((100 / rate).rounded()))
        bytes += Array("GIF89a".utf8) + GIF.short(width) + GIF.short(height) + [0xf7, 0, 0]
        bytes += palette.colours.flatMap { [$0.0, $0.1, $0.2] }
        bytes += [0x21, 0xff, 11] + Array("NETSCAPE2.0".utf8) + [3, 1, 0, 0, 0]
    }

    /// Adds a picture.
    public mutating func add(_ picture: Picture) {
        precondition(picture.width == width && picture.height == height, "all pictures are of one size")
        bytes += [0x21, 0xf9, 4, 4] + GIF.short(delay) + [0, 0]
        bytes += [0x2c, 0, 0, 0, 0] + GIF.short(width) + GIF.short(height) + [0, 8]
        let packed = GIF.packed(palette.indices(picture))
        for start in stride(from: 0, to: packed.count, by: 255) {
            let part = packed[start..<min(start + 255, packed.count)]
            bytes.append(UInt8(part.count))
            bytes += part
        }
        bytes.append(0)
    }

    /// The file as it is with the pictures so far.
    public var file: [UInt8] { bytes + [0x3b] }

    private static func short(_ value: Int) -> [UInt8] { [UInt8(value & 255), UInt8(value >> 8 & 255)] }

    /// LZW with codes of growing width, as GIF has it.
    private static func packed(_ indices: [UInt8]) -> [UInt8] {
        let (clear, end) = (256, 257)
        var (result, buffer, filled, width): ([UInt8], Int, Int, Int) = ([], 0, 0, 9)
        func key(_ code: Int, _ index: UInt8) -> Int { code << 8 | Int(index) }
        var codes = [Int: Int](minimumCapacity: 4096)
        var next = end + 1
        func put(_ code: Int) {
            buffer |= code << filled
            filled += width
            while filled >= 8 {
                result.append(UInt8(buffer & 255))
                buffer >>= 8
                filled -= 8
            }
        }
        put(clear)
        guard var code = indices.first.map(Int.init) else { return result }
        for index in indices.dropFirst() {
            if let longer = codes[key(code, index)] {
                code = longer
                continue
            }
            put(code)
            if next < 4096 {
                codes[key(code, index)] = next
                if next == 1 << width, width < 12 { width += 1 }
                next += 1
            } else {
                put(clear)
                codes.removeAll(keepingCapacity: true)
                (next, width) = (end + 1, 9)
            }
            code = Int(index)
        }
        put(code)
        if next == 1 << width, width < 12 { width += 1 }
        put(end)
        if filled > 0 { result.append(UInt8(buffer & 255)) }
        return result
    }
}

/// 256 colours that stand for those of some pictures, by median cut (Heckbert, "Color Image Quantization for Frame Buffer
/// Display", SIGGRAPH 1982).
private struct Palette: Sendable {
    private(set) var colours: [(UInt8, UInt8, UInt8)] = []
    /// For the upper five bits of each channel, the nearest colour.
    private var nearest: [UInt8]

    init(_ pictures: [Picture]) {
        var counts = [Int](repeating: 0, count: 1 << 15)
        for picture in pictures {
            for start in stride(from: 0, to: picture.bytes.count, by: 3) {
                counts[Palette.cell(picture.bytes[start], picture.bytes[start + 1], picture.bytes[start + 2])] += 1
            }
        }
        var boxes = [(0..<1 << 15).filter { counts[$0] > 0 }]
        while boxes.count < 256 {
            let spans = boxes.map { Palette.widest($0) }
            guard let place = spans.indices.max(by: { spans[$0].span < spans[$1].span }), spans[place].span > 0 else {
                break
            }
            let shift = spans[place].shift
            let box = boxes[place].sorted { ($0 >> shift & 31) < ($1 >> shift & 31) }
            // In the middle of the span, or few pixels of a colour of their own would never get one.
            let middle = ((box[0] >> shift & 31) + (box[box.count - 1] >> shift & 31)) / 2
            let cut = max(1, box.firstIndex { ($0 >> shift & 31) > middle } ?? box.count / 2)
            boxes[place] = Array(box[..<cut])
            boxes.append(Array(box[cut...]))
        }
        func mean(_ box: [Int], _ shift: Int) -> UInt8 {
            let weight = box.reduce(0) { $0 + counts[$1] }
            let sum = box.reduce(0) { $0 + counts[$1] * ($1 >> shift & 31) }
            return UInt8(min(255, (sum * 255 / max(1, weight) + 15) / 31))
        }
        colours = boxes.map { (mean($0, 10), mean($0, 5), mean($0, 0)) }
        colours += Array(repeating: (0, 0, 0), count: 256 - colours.count)
        nearest = []
        nearest = (0..<1 << 15).map { cell in
            let (red, green, blue) = ((cell >> 10 & 31) * 255 / 31, (cell >> 5 & 31) * 255 / 31, (cell & 31) * 255 / 31)
            func distance(_ index: Int) -> Int {
                let colour = colours[index]
                let (r, g, b) = (Int(colour.0) - red, Int(colour.1) - green, Int(colour.2) - blue)
                return 2 * r * r + 4 * g * g + b * b
            }
            return UInt8((0..<256).min { distance($0) < distance($1) } ?? 0)
        }
    }

    func indices(_ picture: Picture) -> [UInt8] {
        stride(from: 0, to: picture.bytes.count, by: 3).map { start in
            nearest[Palette.cell(picture.bytes[start], picture.bytes[start + 1], picture.bytes[start + 2])]
        }
    }

    private static func cell(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> Int {
        Int(red >> 3) << 10 | Int(green >> 3) << 5 | Int(blue >> 3)
    }

    private static func widest(_ box: [Int]) -> (span: Int, shift: Int) {
        let spans = [10, 5, 0].map { shift -> (span: Int, shift: Int) in
            let values = box.map { $0 >> shift & 31 }
            return ((values.max() ?? 0) - (values.min() ?? 0), shift)
        }
        return spans.max { $0.span < $1.span } ?? (0, 0)
    }
}
