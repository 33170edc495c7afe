import Foundation

extension PrivateServer {
    /// Makes the data folder of this server a copy of a running one's, which it follows as a standby from its start on, until
    /// it is promoted.
    ///
    /// For tests of what happens to clients when a standby takes over. `pg_basebackup` is taken from where `initdb`
    /// really is: on the PATH there may be links to some programs alone. Only the socket is used, to which the superuser needs no password.
    ///
    /// - Throws: `LocalServerError.programFailed` when the copy cannot be made.
    package func copy(_ primary: PrivateServer) async throws(LocalServerError) {
        try await locked { () async throws(LocalServerError) in
            let programs = try await ServerPrograms.find(forDataFolder: primary.folder)
            let partial = folder.newPartialData()
            let address = [
                "host=\(primary.configuration.folder)", "port=\(primary.configuration.access.port)",
                "user=\(primary.configuration.superuser)",
            ]
            let initdb = URL(fileURLWithPath: programs.directory + "/initdb").resolvingSymlinksInPath()
            let result = try await ServerPrograms.run(
                initdb.deletingLastPathComponent().path + "/pg_basebackup",
                [
                    "-D", partial, "-d", address.joined(separator: " "), "--write-recovery-conf",
                    "--checkpoint=fast", "--wal-method=stream", "--no-sync",
                ],
                as: programs.user
            )
            guard result.succeeded else {
                throw .programFailed(program: "pg_basebackup", reason: result.output)
            }
            try folder.adopt(partial)
        }
    }
}
