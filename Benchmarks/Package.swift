// swift-tools-version: 6.1
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "caisson", path: "..")],
    targets: [
        .target(
            name: "Measuring",
            dependencies: [.product(name: "LocalServer", package: "caisson")],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "BackfillBenchmark",
            dependencies: [
                "Measuring",
                .product(name: "Backfills", package: "caisson"),
                .product(name: "Bulk", package: "caisson"),
                .product(name: "Postgres", package: "caisson"),
            ],
            exclude: ["random_by_key.sql", "random_by_place.sql", "upper_case.sql"],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "BulkBenchmark",
            dependencies: [
                "Measuring",
                .product(name: "Bulk", package: "caisson"),
                .product(name: "Imports", package: "caisson"),
                .product(name: "Postgres", package: "caisson"),
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "MigrateBenchmark",
            dependencies: [
                "Measuring",
                .product(name: "SQLSyntax", package: "caisson"),
            ],
            swiftSettings: settings
        ),
    ]
)
