extension SafeTensors {
    static let metadataKey = "__metadata__"

    /// The JSON table at the start of the file.
    struct Header: Codable {
        struct Item: Codable {
            let dtype: String
            let shape: [Int]
            /// Begin and end in bytes, from the end of the header.
            let offsets: [Int]

            enum CodingKeys: String, CodingKey {
                case dtype, shape
                case offsets = "data_offsets"
            }
        }

        var metadata: [String: String] = [:]
        var arrays: [String: Item] = [:]

        init(metadata: [String: String], arrays: [String: Item]) {
            self.metadata = metadata
            self.arrays = arrays
        }

        init(from decoder: any Decoder) throws {
            let table = try decoder.container(keyedBy: Name.self)
            for key in table.allKeys {
                if key.stringValue == metadataKey {
                    metadata = try table.decode([String: String].self, forKey: key)
                } else {
                    arrays[key.stringValue] = try table.decode(Item.self, forKey: key)
                }
            }
        }

        func encode(to encoder: any Encoder) throws {
            var table = encoder.container(keyedBy: Name.self)
            if !metadata.isEmpty { try table.encode(metadata, forKey: Name(stringValue: metadataKey)) }
            for (name, item) in arrays { try table.encode(item, forKey: Name(stringValue: name)) }
        }
    }

    /// Any string as a key.
    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}
