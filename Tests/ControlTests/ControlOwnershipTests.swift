import Control
import Postgres
import TestSupport
import Testing

/// Whoever owns a control table has code of his own run by those who look at it.
@Suite(.freshDatabase) struct ControlOwnershipTests {
    @Test func `what a role has made itself, or a superuser or the owner of the database has, is read`()
        throws
    {
        let scene = try Scene()
        try ControlSchema().install(.foundation, on: scene.owner)
        #expect(try scene.look(as: scene.role) == .current)
        #expect(try ControlSchema().standing(of: .foundation, on: scene.owner) == .current)
    }

    @Test(arguments: Strange.allCases) func `what a stranger owns is refused before it is read`(
        _ strange: Strange
    ) throws {
        let scene = try Scene()
        try ControlSchema().install(.foundation, on: scene.owner)
        try scene.owner.runScript(strange.script(scene.stranger))

        // A superuser as well: it is his rights that somebody would have.
        for look in [
            { try ControlSchema().standing(of: .foundation, on: scene.owner) },
            { try scene.look(as: scene.role) },
        ] {
            let error = #expect(throws: ControlError.self) { try look() }
            #expect(error?.description.contains("belongs to \(scene.stranger)") == true)
        }
        #expect(throws: ControlError.self) {
            try ControlSchema().install(
                Component(name: "more", scripts: [{ _ in ["SELECT"] }]),
                on: scene.owner
            )
        }
    }

    @Test func `an owner whose member the role is can be trusted`() throws {
        let scene = try Scene()
        try ControlSchema().install(.foundation, on: scene.owner)
        try scene.owner.runScript(
            "ALTER TABLE caisson.component OWNER TO \(scene.stranger); GRANT \(scene.stranger) TO \(scene.role)"
        )
        #expect(try scene.look(as: scene.role) == .current)
    }

    @Test func `a schema of a stranger's is not built in`() throws {
        let scene = try Scene()
        try scene.owner.runScript("CREATE SCHEMA caisson AUTHORIZATION \(scene.stranger)")
        #expect(throws: ControlError.self) { try ControlSchema().install(.foundation, on: scene.owner) }
    }

    enum Strange: CaseIterable {
        case schema, table, view, trigger

        func script(_ role: String) -> String {
            switch self {
            case .schema: "ALTER SCHEMA caisson OWNER TO \(role)"
            case .table: "ALTER TABLE caisson.event OWNER TO \(role)"
            case .view:
                """
                ALTER TABLE caisson.component RENAME TO other;
                CREATE FUNCTION public.trap() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'was run'; END $$;
                CREATE VIEW caisson.component AS SELECT public.trap() AS name, 1 AS version;
                ALTER VIEW caisson.component OWNER TO \(role);
                """
            case .trigger:
                """
                CREATE FUNCTION public.trap() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
                ALTER FUNCTION public.trap() OWNER TO \(role);
                CREATE TRIGGER trap BEFORE INSERT ON caisson.event FOR EACH ROW EXECUTE FUNCTION public.trap();
                """
            }
        }
    }
}

/// The superuser's session, and two roles that know nothing of each other.
private struct Scene {
    let owner: Connection
    let role: String
    let stranger: String

    init() throws {
        owner = try TestDatabase.current.connection()
        (role, stranger) = ("reader_\(owner.backendID)", "stranger_\(owner.backendID)")
        try owner.runScript("CREATE ROLE \(role); CREATE ROLE \(stranger)")
    }

    func look(as role: String) throws -> ControlSchema.Standing {
        let connection = try TestDatabase.current.connection()
        try connection.runScript(
            "GRANT USAGE ON SCHEMA caisson TO \(role); GRANT SELECT ON ALL TABLES IN SCHEMA caisson TO \(role); SET SESSION AUTHORIZATION \(role)"
        )
        return try ControlSchema().standing(of: .foundation, on: connection)
    }
}
