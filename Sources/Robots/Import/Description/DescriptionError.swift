/// Why a robot description (URDF or MJCF) cannot be read, and where in the file.
public struct DescriptionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of fault.
    public enum Code: String, Hashable, Sendable {
        /// The file is missing or cannot be opened.
        case unreadable
        /// The file is bigger, deeper or has more elements than any robot description.
        case tooLarge = "too_large"
        /// The text is not well-formed XML.
        case malformedXML = "malformed_xml"
        /// The document declares entities, which no description needs.
        case entities
        /// The root element is neither `robot` nor `mujoco`.
        case unknownFormat = "unknown_format"
        /// An element or attribute that is needed is missing.
        case missing
        /// An attribute's value is no value of its kind.
        case invalidValue = "invalid_value"
        /// Two bodies, or two joints, have one name.
        case duplicateName = "duplicate_name"
        /// A name that nothing has.
        case unknownName = "unknown_name"
        /// The links and joints make no single tree.
        case notATree = "not_a_tree"
        /// A Xacro file, which is not yet a description.
        case needsXacro = "needs_xacro"
        /// Something that the reader does not support.
        case unsupported
    }

    /// The kind of fault.
    public var code: Code
    /// The file.
    public var file: String
    /// Line in the file, from 1; nil when the fault is of the whole file.
    public var line: Int?
    /// The element, like `joint "left_knee"`; empty when the fault is of the whole file.
    public var place: String
    /// What is wrong.
    public var problem: String
    /// What would be right.
    public var expected: String

    /// A file that has to go through xacro first.
    static func xacro(_ file: String, line: Int? = nil) -> DescriptionError {
        DescriptionError(
            code: .needsXacro, file: file, line: line, place: "",
            problem: "is a Xacro file, which xacro turns into URDF",
            expected: "URDF: pip install xacro, then xacro \(file) > robot.urdf")
    }

    /// What was wrong, where, and what would be right.
    public var description: String {
        let position = line.map { "\(file):\($0)" } ?? file
        return "\(position): " + (place.isEmpty ? "" : place + ": ") + problem + "; expected " + expected
    }
}
