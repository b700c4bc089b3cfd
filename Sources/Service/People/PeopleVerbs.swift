internal import ServiceCore
internal import Wire

/// What carries out the verbs of live people.
package struct PeopleVerbs: Sendable {
    let people: People
    let following: Following

    /// Joins the two.
    package init(people: People, following: Following) { (self.people, self.following) = (people, following) }

    /// Who is heard, and who follows.
    func list() -> PeopleAnswer {
        var people = people.descriptions(at: Clock.monotonic())
        for index in people.indices { people[index].followers = following.followers(of: people[index].person) }
        return PeopleAnswer(people: people, refused: self.people.refused)
    }

    /// Measures a person, and has those who follow take place and heading anew.
    func calibrate(_ wanted: Calibrate) throws(RequestError) -> CalibrateAnswer {
        var answer = CalibrateAnswer(person: try people.named(wanted.person).name, residuals: [:], legLength: nil)
        if let pose = wanted.pose { answer = try people.calibrate(wanted.person, pose) }
        // What was shown goes over to what is shown now by a ramp.
        following.recentre(wanted.person)
        return answer
    }
}
