/// A lexicon with all that a reader looks words up in. Making it takes a fifth of a second of one core, beside which a model
/// can be loaded.
public struct LexiconTables: Sendable {
    /// The actions and their wordings.
    public let lexicon: Lexicon
    let index: LexiconIndex
    let languages: LanguageReader

    /// The tables of a lexicon.
    public init(_ lexicon: Lexicon) {
        self.lexicon = lexicon
        index = LexiconIndex(lexicon)
        languages = LanguageReader(lexicon)
    }

    /// Reads a lexicon and makes its tables.
    ///
    /// - Throws: The first mistake, with its file and place.
    public init(directory: String) throws(LexiconError) { self.init(try Lexicon(directory: directory)) }
}
