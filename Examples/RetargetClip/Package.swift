// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "RetargetClip",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "kmmd", path: "../..")],
    targets: [
        .executableTarget(
            name: "retarget-clip",
            dependencies: [
                .product(name: "HumanMotion", package: "kmmd"),
                .product(name: "Robots", package: "kmmd"),
                .product(name: "Retargeting", package: "kmmd"),
            ])
    ]
)
