// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "caisson", path: "..")],
    targets: [
        .executableTarget(
            name: "BackfillBenchmark",
            dependencies: [
                .product(name: "Backfills", package: "caisson"),
                .product(name: "Bulk", package: "caisson"),
                .product(name: "LocalServer", package: "caisson"),
                .product(name: "Postgres", package: "caisson"),
            ],
            exclude: ["upper_case.sql"],
            swiftSettings: [
                .swiftLanguageMode(.v6),
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("InternalImportsByDefault"),
                .enableUpcomingFeature("MemberImportVisibility"),
            ]
        )
    ]
)
