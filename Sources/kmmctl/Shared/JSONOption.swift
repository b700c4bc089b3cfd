import ArgumentParser
import Foundation
import JSON

/// `--json` of commands that ask no daemon.
struct JSONOption: ParsableArguments {
    @Flag(help: "Print JSON.")
    var json = false

    /// Prints what was done as a line, or with `--json` its value.
    func tell(_ line: @autoclosure () -> String, _ value: @autoclosure () -> JSONValue) {
        print(json ? value().text : line())
    }

    /// Prints what is worth knowing besides; with `--json` to the standard error, as the output is for programs.
    func note(_ text: String) {
        if json { FileHandle.standardError.write(Data("note: \(text)\n".utf8)) } else { print("note: \(text)") }
    }
}
