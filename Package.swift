// swift-tools-version: 6.1
import Foundation
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// The SQL backfills lie beside the Swift ones and are read when the tool runs, not compiled.
let sqlBackfills = try FileManager.default.contentsOfDirectory(
    atPath: Context.packageDirectory + "/backfills"
)
.filter { $0.hasSuffix(".sql") }

let package = Package(
    name: "caisson",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "caisson", targets: ["caisson"]),
        .library(name: "CaissonCLI", targets: ["CaissonCLI"]),
        .library(name: "Backfills", targets: ["Backfills"]),
        .library(name: "Migrations", targets: ["Migrations"]),
        .library(name: "Bulk", targets: ["Bulk"]),
        .library(name: "Imports", targets: ["Imports"]),
        .library(name: "Postgres", targets: ["Postgres"]),
        .library(name: "SQLSyntax", targets: ["SQLSyntax"]),
        .library(name: "LocalServer", targets: ["LocalServer"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        // The layers, bottom first. An arrow may only point upward in this list.
        .systemLibrary(
            name: "CLibPQ",
            pkgConfig: "libpq",
            providers: [.apt(["libpq-dev"]), .brew(["libpq"])]
        ),
        .target(name: "Postgres", dependencies: ["CLibPQ"]),
        .target(name: "SQLSyntax"),
        .target(name: "CDigests"),
        .target(name: "Digests", dependencies: ["CDigests"]),
        .target(name: "Control", dependencies: ["Postgres"]),
        .target(name: "Bulk", dependencies: ["Postgres", "Digests"]),
        .target(name: "Migrations", dependencies: ["Postgres", "Control", "SQLSyntax", "Digests"]),
        .target(name: "Backfills", dependencies: ["Postgres", "Control", "Bulk", "SQLSyntax"]),
        .target(name: "Imports", dependencies: ["Postgres", "Control", "Bulk", "Backfills", "Digests"]),
        .target(
            name: "LocalServer",
            dependencies: [.product(name: "Subprocess", package: "swift-subprocess")]
        ),
        .target(
            name: "CaissonCLI",
            dependencies: [
                "Migrations", "Backfills", "Imports", "Bulk", "Control", "Postgres", "LocalServer",
                "SQLSyntax",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]
        ),
        .target(
            name: "ExampleBackfills",
            dependencies: ["Backfills", "Bulk", "Postgres"],
            path: "backfills",
            exclude: sqlBackfills
        ),
        .executableTarget(name: "caisson", dependencies: ["CaissonCLI"]),
        .executableTarget(
            name: "caisson-example",
            dependencies: ["CaissonCLI", "Backfills", "ExampleBackfills"]
        ),

        .target(
            name: "TestSupport",
            dependencies: [
                "LocalServer", "Postgres",
                .product(name: "Subprocess", package: "swift-subprocess"),
            ],
            path: "Tests/TestSupport"
        ),
        .testTarget(name: "PostgresTests", dependencies: ["Postgres", "LocalServer", "TestSupport"]),
        .testTarget(name: "DigestsTests", dependencies: ["Digests"]),
        .testTarget(
            name: "SQLSyntaxTests",
            dependencies: ["SQLSyntax"],
            resources: [.copy("Corpus")]
        ),
        .testTarget(
            name: "ControlTests",
            dependencies: ["Control", "LocalServer", "Postgres", "TestSupport"]
        ),
        .testTarget(name: "BulkTests", dependencies: ["Bulk", "Digests", "TestSupport"]),
        .testTarget(
            name: "ImportsTests",
            dependencies: [
                "Imports", "Backfills", "Bulk", "Control", "LocalServer", "Postgres", "TestSupport",
            ]
        ),
        .testTarget(
            name: "MigrationsTests",
            dependencies: ["Migrations", "Control", "Digests", "Postgres", "SQLSyntax", "TestSupport"],
            resources: [.copy("Embedded/Migrations")]
        ),
        .testTarget(
            name: "BackfillsTests",
            dependencies: ["Backfills", "Bulk", "Control", "LocalServer", "Postgres", "TestSupport"]
        ),
        .testTarget(name: "LocalServerTests", dependencies: ["LocalServer", "TestSupport"]),
        .testTarget(
            name: "FaultTests",
            dependencies: ["caisson-example", "LocalServer", "Postgres", "TestSupport"]
        ),
        .testTarget(
            name: "DifferentialTests",
            dependencies: ["caisson", "Backfills", "Bulk", "Imports", "Postgres", "TestSupport"]
        ),
        .testTarget(
            name: "CommandTests",
            dependencies: [
                "caisson", "caisson-example", "CaissonCLI", "Migrations", "Backfills", "Bulk", "Postgres",
                "LocalServer",
                "TestSupport",
                .product(name: "Subprocess", package: "swift-subprocess"),
            ]
        ),
    ]
)

for target in package.targets where target.type != .system {
    target.swiftSettings = settings
}
