internal import CZlib
internal import FoundationEssentials

/// A changed bit in weights gives motion all the same, so files are checked against a sum (CRC-32) when they are read: that in
/// their metadata, which stands for the whole file with zeros in its place, else that in `checksums.json` beside them.
extension SafeTensors {
    static let checksumKey = "crc32"
    static let checksumsFile = "checksums.json"
    private static let noDigits = "00000000"

    /// The metadata of a file that is going to be written, with room for its sum.
    static func withRoomForChecksum(_ metadata: [String: String]) -> [String: String] {
        metadata.merging([checksumKey: noDigits]) { $1 }
    }

    /// Puts the sum of a file into its metadata.
    static func seal(_ bytes: inout [UInt8], headerEnd: Int) {
        guard let place = placeOfDigits(noDigits, bytes[8..<headerEnd]) else { return }
        bytes.replaceSubrange(place, with: digits(sum([bytes[...]])).utf8)
    }

    /// Compares a file with the sum that its metadata tells, or the file of sums beside it.
    static func check(_ bytes: [UInt8], headerEnd: Int, told: String?, path: String) throws(TensorFileError) {
        let found: String
        let expected: String
        if let told, let place = placeOfDigits(told, bytes[8..<headerEnd]) {
            expected = told
            found = digits(
                sum([bytes[..<place.lowerBound], ArraySlice(noDigits.utf8), bytes[place.upperBound...]]))
        } else if let listed = try listed(path) {
            (expected, found) = (listed, digits(sum([bytes[...]])))
        } else {
            return
        }
        guard found == expected else {
            throw TensorFileError(
                kind: .malformed, file: path, entry: nil, found: "CRC-32 \(found): the file is damaged",
                expected: expected)
        }
    }

    /// The sum that `checksums.json` in the file's folder has for it.
    private static func listed(_ path: String) throws(TensorFileError) -> String? {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        let list = folder + checksumsFile
        guard let bytes = try? FileBytes.contents(of: list, atMost: 1 << 20) else { return nil }
        guard let sums = try? JSONDecoder().decode([String: String].self, from: Data(bytes)) else {
            throw TensorFileError(
                kind: .malformed, file: list, entry: nil, found: "other text", expected: "an object of names and sums")
        }
        return sums[String(path.dropFirst(folder.count))]
    }

    private static func placeOfDigits(_ digits: String, _ header: ArraySlice<UInt8>) -> Range<Int>? {
        let key = Array("\"\(checksumKey)\":\"".utf8)
        let wanted = key + Array(digits.utf8)
        guard digits.utf8.count == noDigits.utf8.count, header.count >= wanted.count else { return nil }
        for start in header.startIndex...(header.endIndex - wanted.count) where header[start...].starts(with: wanted) {
            return start + key.count..<start + wanted.count
        }
        return nil
    }

    private static func sum(_ parts: [ArraySlice<UInt8>]) -> UInt {
        parts.reduce(0) { sum, part in
            part.withUnsafeBufferPointer { crc32_z(sum, $0.baseAddress, $0.count) }
        }
    }

    private static func digits(_ sum: UInt) -> String {
        let text = String(sum, radix: 16)
        return String(repeating: "0", count: max(0, noDigits.utf8.count - text.utf8.count)) + text
    }
}
