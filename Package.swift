// swift-tools-version: 6.2
import PackageDescription

// The gate turns warnings into errors; who builds with a newer compiler than its shall not be stopped by a new warning.
let gate: [SwiftSetting] =
    Context.environment["KMMD_WARNINGS_AS_ERRORS"] == nil ? [] : [.treatAllWarnings(as: .error)]
let strict: [SwiftSetting] =
    [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
    ] + gate
// Number-heavy rooms are optimised in debug builds too, so that `swift test` stays quick (as the native code is).
let numeric: [SwiftSetting] = strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]
let nativeC: [CSetting] = [.unsafeFlags(["-O2"], .when(configuration: .debug))]
let nativeCXX: [CXXSetting] = [
    .unsafeFlags(["-O2"], .when(configuration: .debug)),
    .define("EIGEN_MPL2_ONLY"), .define("NDEBUG", .when(configuration: .release)),
]
func nio(_ product: String) -> Target.Dependency { .product(name: product, package: "swift-nio") }
let log: Target.Dependency = .product(name: "Logging", package: "swift-log")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

// The files of the dashboard.
let page =
    ["index.html", "dashboard.css", "icon.svg"]
    + [
        "math", "shaders", "scene", "meshes", "store", "stage", "plots", "timeline", "commands", "panel", "people",
        "dashboard",
    ]
    .map { $0 + ".js" }

let package = Package(
    name: "kmmd",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "kmmd", targets: ["kmmd"]),
        .executable(name: "kmmctl", targets: ["kmmctl"]),
        // Each with the rooms whose types it shows.
        .library(name: "HumanMotion", targets: ["HumanMotion", "HumanBody", "Geometry"]),
        .library(name: "KMM", targets: ["KMM", "TextEncoding", "Tensors"]),
        .library(name: "Robots", targets: ["Robots", "JSON"]),
        .library(name: "Retargeting", targets: ["Retargeting"]),
        .library(name: "Timeline", targets: ["Timeline"]),
        .library(name: "Wire", targets: ["Wire"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // No pkgConfig for libzmq: its .pc carries -isystem, which SwiftPM refuses; the header is on the default path.
        .systemLibrary(name: "CZeroMQ", providers: [.apt(["libzmq3-dev"]), .brew(["zeromq"])]),
        .systemLibrary(
            name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"]), .brew(["openblas"])]),
        .systemLibrary(
            name: "CEigenHeaders", pkgConfig: "eigen3", providers: [.apt(["libeigen3-dev"]), .brew(["eigen"])]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .systemLibrary(name: "CExpat", providers: [.apt(["libexpat1-dev"]), .brew(["expat"])]),
        .target(name: "CKernels", cSettings: nativeC),
        .target(name: "CRigidBody", dependencies: ["CEigenHeaders"], cxxSettings: nativeCXX),
        .target(name: "Geometry", swiftSettings: numeric),
        .target(name: "Drawing", dependencies: ["Geometry", "CZlib"], swiftSettings: numeric),
        .target(name: "Tensors", dependencies: ["CKernels", "COpenBLAS", "CZlib"], swiftSettings: numeric),
        .target(
            name: "TextEncoding", dependencies: ["JSON", "Tensors", "CKernels", "COpenBLAS"], swiftSettings: numeric),
        .target(name: "HumanBody", dependencies: ["Geometry"], swiftSettings: numeric),
        .target(name: "HumanMotion", dependencies: ["HumanBody", "Geometry", "Tensors"], swiftSettings: numeric),
        .target(
            name: "KMM", dependencies: ["Tensors", "TextEncoding", "HumanMotion", "HumanBody", "Geometry"],
            swiftSettings: numeric),
        .target(name: "MotionData", dependencies: ["HumanMotion", "HumanBody", "Geometry"], swiftSettings: numeric),
        .target(
            name: "KMMEvaluation",
            dependencies: [
                "MotionData", "KMM", "Tensors", "TextEncoding", "HumanMotion", "HumanBody", "Geometry", "COpenBLAS",
            ],
            swiftSettings: numeric),
        .target(
            name: "KMMTraining",
            dependencies: [
                "KMMEvaluation", "MotionData", "KMM", "Tensors", "TextEncoding", "HumanMotion", "HumanBody", "Geometry",
                "Drawing", "CKernels", "COpenBLAS",
            ],
            swiftSettings: numeric),
        .target(name: "JSON", swiftSettings: numeric),
        .target(
            name: "Robots", dependencies: ["JSON", "HumanBody", "Geometry", "CRigidBody", "CExpat"],
            swiftSettings: numeric),
        .target(
            name: "Retargeting",
            dependencies: ["Robots", "HumanMotion", "HumanBody", "Geometry", "CRigidBody", "Tensors"],
            swiftSettings: numeric),
        .target(name: "Timeline", dependencies: ["Geometry", "Robots"], swiftSettings: numeric),
        .target(
            name: "Wire",
            dependencies: ["JSON", "Timeline", "Robots", "Geometry", "HumanMotion", "HumanBody", "Tensors"],
            swiftSettings: numeric),
        .target(
            name: "LivePeople",
            dependencies: ["Wire", "Retargeting", "Robots", "HumanMotion", "HumanBody", "Geometry", "JSON"],
            swiftSettings: numeric),
        .target(name: "Messaging", dependencies: ["CZeroMQ"], swiftSettings: strict),
        .target(
            name: "ServiceCore",
            dependencies: [
                "Messaging", "Wire", "Timeline", "Robots", "HumanMotion", "TextEncoding", "JSON", "Geometry",
            ], swiftSettings: numeric),
        .target(
            name: "Publishing",
            dependencies: ["ServiceCore", "Messaging", "Wire", "Timeline", "Robots", "JSON", "Geometry"],
            swiftSettings: numeric),
        .target(
            name: "Planning",
            dependencies: [
                "ServiceCore", "Messaging", "Wire", "Timeline", "Retargeting", "Robots", "KMM", "HumanMotion",
                "HumanBody", "TextEncoding", "JSON", "Geometry", log,
            ], swiftSettings: strict),
        .target(
            name: "Service",
            dependencies: [
                "ServiceCore", "Publishing", "Planning", "Messaging", "LivePeople", "Wire", "Timeline", "Retargeting",
                "Robots", "KMM", "HumanMotion", "HumanBody", "TextEncoding", "JSON", "Geometry", "Tensors", log,
                lifecycle, signals,
                nio("NIOCore"),
                nio("NIOHTTP1"), nio("NIOPosix"), nio("NIOWebSocket"),
            ],
            resources: page.map { .embedInCode("Web/Page/" + $0) },
            swiftSettings: strict),
        .executableTarget(
            name: "kmmd", dependencies: ["Service", "Publishing", "Wire", arguments, log], swiftSettings: strict),
        .executableTarget(
            name: "kmmctl",
            dependencies: [
                "Service", "Planning", "KMMTraining", "KMMEvaluation", "MotionData", "KMM", "Retargeting", "Robots",
                "HumanMotion", "HumanBody",
                "TextEncoding", "Tensors", "Geometry", "Wire", "JSON", "Messaging", "Drawing", arguments,
            ], swiftSettings: strict),
        .executableTarget(
            name: "kmm-networks",
            dependencies: [
                "KMMTraining", "MotionData", "KMM", "TextEncoding", "HumanMotion", "HumanBody", "Geometry", "Tensors",
                arguments,
            ],
            path: "Benchmarks/Networks", swiftSettings: strict),
        .target(name: "CAllocations", path: "Tests/CAllocations"),
        .target(
            name: "HostileInputs",
            dependencies: [
                "Service", "ServiceCore", "Wire", "Timeline", "Robots", "HumanMotion", "HumanBody", "Tensors", "JSON",
                "Geometry",
            ],
            path: "Tests/HostileInputs", swiftSettings: strict),
        .testTarget(name: "HostileTests", dependencies: ["HostileInputs", "Robots"], swiftSettings: strict),
        .testTarget(
            name: "AllocationTests",
            dependencies: [
                "CAllocations", "CKernels", "TextEncoding", "HumanMotion", "Robots", "Retargeting", "Timeline", "Wire",
                "Geometry", "Publishing", "ServiceCore", "Messaging",
            ], swiftSettings: strict),
        .testTarget(name: "GeometryTests", dependencies: ["Geometry"], swiftSettings: strict),
        .testTarget(
            name: "TensorsTests", dependencies: ["Tensors", "CKernels", "Geometry"],
            resources: [.copy("Fixtures")], swiftSettings: strict),
        .testTarget(
            name: "TextEncodingTests", dependencies: ["TextEncoding", "Tensors", "Geometry"],
            resources: [.copy("Fixtures")], swiftSettings: strict),
        .testTarget(name: "HumanBodyTests", dependencies: ["HumanBody", "Geometry"], swiftSettings: strict),
        .testTarget(
            name: "HumanMotionTests", dependencies: ["HumanMotion", "HumanBody", "Geometry", "Tensors"],
            resources: [.copy("Fixtures")], swiftSettings: strict),
        .testTarget(
            name: "KMMTests", dependencies: ["KMM", "Tensors", "HumanMotion", "HumanBody", "TextEncoding", "Geometry"],
            swiftSettings: strict),
        .target(
            name: "MotionFixtures", dependencies: ["MotionData", "HumanMotion", "HumanBody", "Geometry"],
            path: "Tests/MotionFixtures", swiftSettings: strict),
        .testTarget(
            name: "MotionDataTests",
            dependencies: ["MotionData", "MotionFixtures", "HumanMotion", "HumanBody", "Geometry"],
            swiftSettings: strict),
        .testTarget(
            name: "KMMEvaluationTests",
            dependencies: [
                "KMMEvaluation", "MotionData", "MotionFixtures", "KMM", "Tensors", "HumanMotion", "HumanBody",
                "TextEncoding", "Geometry",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "KMMTrainingTests",
            dependencies: [
                "KMMTraining", "KMMEvaluation", "MotionData", "MotionFixtures", "KMM", "Tensors", "HumanMotion",
                "HumanBody", "TextEncoding", "Geometry",
            ],
            swiftSettings: strict),
        .testTarget(name: "JSONTests", dependencies: ["JSON", "Geometry"], swiftSettings: strict),
        .testTarget(
            name: "RobotsTests", dependencies: ["Robots", "JSON", "HumanBody", "Geometry", "CRigidBody"],
            resources: [.copy("Fixtures")], swiftSettings: strict),
        .testTarget(
            name: "RetargetingTests",
            dependencies: ["Retargeting", "Robots", "HumanMotion", "HumanBody", "Geometry", "Tensors"],
            resources: [.copy("Fixtures")], swiftSettings: strict),
        .testTarget(
            name: "TimelineTests", dependencies: ["Timeline", "Robots", "Geometry"], swiftSettings: strict),
        .testTarget(
            name: "WireTests",
            dependencies: ["Wire", "JSON", "Timeline", "Robots", "HumanMotion", "HumanBody", "Geometry"],
            exclude: ["Fixtures"],
            swiftSettings: strict),
        .testTarget(
            name: "LivePeopleTests",
            dependencies: [
                "LivePeople", "Wire", "Retargeting", "Timeline", "Robots", "HumanMotion", "HumanBody", "Geometry",
                "JSON",
            ],
            resources: [.copy("Fixtures")], swiftSettings: strict),
        .testTarget(name: "MessagingTests", dependencies: ["Messaging"], swiftSettings: strict),
        .testTarget(
            name: "PublishingTests", dependencies: ["Publishing", "ServiceCore", "Messaging"], swiftSettings: strict),
        .testTarget(
            name: "PlanningTests",
            dependencies: [
                "Planning", "KMM", "HumanMotion", "HumanBody", "TextEncoding", "Timeline", "Robots", "Geometry",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ServiceTests",
            dependencies: [
                "Service", "ServiceCore", "Publishing", "Planning", "Messaging", "Wire", "Timeline", "Retargeting",
                "Robots", "KMM", "HumanMotion", "HumanBody", "TextEncoding", "JSON", "Geometry", log, lifecycle,
            ], swiftSettings: strict),
    ],
    cxxLanguageStandard: .cxx17
)
// `Scripts/fuzz` builds it, with libFuzzer of the Swift toolchain.
if Context.environment["KMMD_FUZZ_TARGET"] != nil {
    package.products.append(.executable(name: "kmmd-fuzz", targets: ["kmmd-fuzz"]))
    package.targets.append(
        .executableTarget(
            name: "kmmd-fuzz", dependencies: ["HostileInputs", "Robots"], path: "Tests/Fuzzing", exclude: ["Corpus"],
            swiftSettings: strict, linkerSettings: [.unsafeFlags(["-use-ld=lld"])]))
}
