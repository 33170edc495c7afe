import Subprocess

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

extension Configuration {
    /// A program to be run as another user, from `/`: that user may not be allowed into our own working folder.
    ///
    /// It does not get our environment: that user may read it, and secrets may be in it.
    ///
    /// On Linux util-linux's `setpriv` changes the user, because Subprocess would call `setgroups` and `setuid` in a
    /// child made by a bare `clone3`. In glibc they wait there, for ever, for threads that were just being created
    /// in the parent.
    static func running(
        _ path: String,
        _ arguments: [String],
        as user: ServerUser?,
        options: PlatformOptions = PlatformOptions()
    ) -> Configuration {
        var configuration = Configuration(
            executable: .path(FilePath(path)),
            arguments: Arguments(arguments),
            environment: ProgramEnvironment.server,
            workingDirectory: "/",
            platformOptions: options
        )
        guard let user else { return configuration }
        #if os(Linux)
            let change = ["--reuid=\(user.userID)", "--regid=\(user.groupID)", "--clear-groups", "--", path]
            configuration.executable = .name("setpriv")
            configuration.arguments = Arguments(change + arguments)
        #else
            configuration.platformOptions.userID = user.userID
            configuration.platformOptions.groupID = user.groupID
            configuration.platformOptions.supplementaryGroups = []
        #endif
        return configuration
    }
}
