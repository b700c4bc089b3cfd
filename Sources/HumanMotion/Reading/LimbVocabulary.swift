/// What the parts of limbs are called, in the vocabularies in use: MotionBuilder, LAFAN1, SOMA, CMU, Mixamo, Xsens, Rokoko, Noitom,
/// OptiTrack, Biped, Poser, Genesis, AutoRigPro, Rigify, Unreal and MetaHuman, VRM, SMPL and MMD. In small letters, without the side.
enum LimbVocabulary {
    static let hip = ["upleg", "upperleg", "uleg", "thigh", "femur", "hip", "leg", "足"]
    static let knee = [
        "knee", "shin", "calf", "lowerleg", "lowleg", "lleg", "tibia", "shank", "leg", "ひざ", "膝",
    ]
    static let ankle = ["ankle", "foot", "足首"]
    static let toe = ["toebase", "toe", "toes", "ball", "foot", "つま先"]
    static let collar = ["collar", "clavicle", "shoulder", "shldr", "肩"]
    static let shoulder = ["upperarm", "uparm", "uarm", "arm", "humerus", "shoulder", "shldr", "腕"]
    static let elbow = ["forearm", "lowerarm", "lowarm", "farm", "elbow", "radius", "ひじ", "肘"]
    static let wrist = ["wrist", "hand", "手首"]
    static let head = ["head", "頭"]

    /// Words that rigs add to names and that say nothing of the part: whose rig it is, that a bone stretches, bends or twists
    /// (the part of it nearest to the trunk comes first), and the middle as a side.
    static let fillers: Set<String> = [
        "bip", "mixamorig", "character", "def", "org", "ref", "jnt", "joint", "bone", "bind", "skel", "stretch", "bend",
        "twist",
        "x", "c", "j", "b", "m",
    ]
}
