// swift-tools-version: 6.1
import PackageDescription

// Built by `make fuzz`, which adds -sanitize=fuzzer and -enable-testing for everything, the libraries among it.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "fuzzing",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "caisson", path: "..")],
    targets: [
        .target(
            name: "FuzzBodies",
            dependencies: [
                .product(name: "Migrations", package: "caisson"),
                .product(name: "Postgres", package: "caisson"),
                .product(name: "SQLSyntax", package: "caisson"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "FuzzReaders",
            dependencies: [.product(name: "Bulk", package: "caisson")],
            swiftSettings: settings
        ),
        .target(name: "FuzzDriver", swiftSettings: settings),
        .executableTarget(
            name: "FuzzLexer",
            dependencies: ["FuzzBodies", "FuzzDriver"],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "FuzzLayouts",
            dependencies: ["FuzzBodies", "FuzzDriver"],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "FuzzConnections",
            dependencies: ["FuzzBodies", "FuzzDriver"],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "FuzzCSV",
            dependencies: ["FuzzReaders", "FuzzDriver"],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "FuzzNDJSON",
            dependencies: ["FuzzReaders", "FuzzDriver"],
            swiftSettings: settings
        ),
    ]
)
