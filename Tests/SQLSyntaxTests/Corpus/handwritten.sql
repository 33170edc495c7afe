-- Statements that have misled a lexer somewhere. A line of five dashes ends each script.
SELECT date'x\', text 'c:\', 'it''s;' ; SELECT E'\';', e'\\', E'a''b\';' AS x;
SELECT -- c:\
1; SELECT /* a /* b; */ ; */ 2; SELECT 3 --;
; SELECT 4 /*/ ; */ ; SELECT 5 /**/;
-----
SELECT $$;$$, $a$ $b$ ; $$ $a$, $a_1$ $a$ ; $a_1$, $é$ ; $e$ $é$; SELECT a$1$b$1$c FROM t; SELECT a$$ FROM b$x$;
SELECT $tag$ $tag $ tag$ ;$tag$; SELECT $A$ $a$ ; $A$; SELECT $$ ' $$, $q$$$ ; $$$q$;
-----
SELECT 'a'
  'b;' ; SELECT 'a' -- why;
  'c;' -- twice ; '
  'd' ; SELECT E'a\'' 
'\';' ; SELECT B'01'
'10' , X'1F', x'a' 
'b';
SELECT U&'d\0061t;\+000061' , U&'d!0061' UESCAPE '!' ; SELECT U&"d\0061""; " , U&"x" UESCAPE '#' FROM u&"t";
SELECT N'x;', n'it''s' ; SELECT U & 'x', u&x, e, b, x, n FROM t;
-----
SELECT 1e5, 1.5e-3, .5, 5., 5.e1, 0x1F, 0X_ff, 0o17, 0O_7, 0b101, 0B_1, 1_000, 1_0.0_1e1_0, 0x1e-5, 0x1e+5, 1e-5-5, 1-5;
SELECT a[1:2], a[:], a[1 :2], a[:b], t.*, (t).a.b, a[1]. b FROM t; SELECT $1, $23::int + $2, $1-$2;
DO $$ BEGIN FOR i IN 1..10 LOOP END LOOP; END $$;
-----
SELECT a<--b;
b, a*/*b;*/c, a+-1, a=-1, a<>-1, a>=-1, a@-1, a@-@b, a<->b, a||-1, a!=-1 FROM t; SELECT f(a := 1, b=>-1, c => 2);
SELECT a +/* ; */ b, a -/**/- b, a @>-- ; '
b, a ?& b, a ?| b, a ?b, a #- b, a #>> b, a ~* b, a !~~* b, ~-1, -+-1, |/4, ||/8, @-5, a ^ -1, a % -1, a `b, a&&-b FROM t;
SELECT a::int::text, (a)::numeric(10,2)[], a::"Type", a :: int FROM t; SELECT a OPERATOR(pg_catalog.+) b, a OPERATOR("s;".-) b;
-----
CREATE OPERATOR @+- (FUNCTION = f, LEFTARG = int); CREATE OPERATOR @+ (PROCEDURE = f, RIGHTARG = int);
-----
SELECT "a;""b""", "--", "/*", "$$", "'" , "é;" FROM "B;"."C"; SELECT größe, ñ_1, 日本, _a, a_$, "日;" FROM straße;
SELECT	1
;SELECT 2;;; ; SELECT 3;
-----
CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM a; DELETE FROM b;); CREATE RULE r2 AS ON UPDATE TO t DO INSTEAD (SELECT 1;;SELECT (2));
CREATE RULE r3 AS ON DELETE TO t DO INSTEAD NOTHING; SELECT ';)' , (SELECT ')');
-----
CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END; SELECT 3;
CREATE OR REPLACE PROCEDURE p() LANGUAGE sql BEGIN ATOMIC INSERT INTO t VALUES (1); END;
CREATE FUNCTION e() RETURNS void BEGIN ATOMIC END; CREATE FUNCTION e2() RETURNS void begin /* the; */ atomic -- x
; end /* ; */ ; SELECT 4;
CREATE FUNCTION f(x int) RETURNS text BEGIN ATOMIC
    SELECT CASE WHEN x > 0 THEN CASE x WHEN 1 THEN 'one; ' ELSE 'more' END ELSE 'no' END;
    SELECT 1 AS end, t.case, t.end FROM t;
END; SELECT 5;
-----
-- A label without AS may be END or CASE.
CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1 end; SELECT 2 case; SELECT a end, b case FROM t; END; SELECT 6;
CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT begin atomic FROM t; SELECT CASE a WHEN 1 THEN 2 END end; END; SELECT 7;
CREATE FUNCTION f(begin atomic) RETURNS int LANGUAGE sql AS 'SELECT 1; SELECT 2'; SELECT 8;
CREATE FUNCTION f(begin atomic DEFAULT (1)) RETURNS int RETURN 1; SELECT 9;
CREATE FUNCTION "begin"() RETURNS begin BEGIN ATOMIC RETURN CASE WHEN true THEN 1 END; END; SELECT 10;
CREATE FUNCTION function() RETURNS int RETURN (SELECT CASE WHEN a THEN 1 END FROM t); SELECT 11;
CREATE FUNCTION f() RETURNS TABLE (a int, b text) STABLE LANGUAGE sql SET search_path TO begin BEGIN ATOMIC SELECT 1, ';' ; END; SELECT 12;
CREATE FUNCTION f() RETURNS void BEGIN ATOMIC WITH x AS (SELECT 1 end) SELECT s.end FROM (SELECT CASE 1 WHEN 1 THEN (CASE WHEN true THEN 2 END) END AS "end;") s("end"); ; END; SELECT 13;
-----
BEGIN; SELECT 1; END; BEGIN ISOLATION LEVEL SERIALIZABLE; COMMIT AND CHAIN; END; START TRANSACTION; ABORT; SAVEPOINT atomic; ROLLBACK TO begin;
SELECT begin atomic FROM t; SELECT CASE WHEN a THEN 1 END; SELECT 1 end; SELECT 2 case; PREPARE TRANSACTION ';'; SELECT 3;
-----
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN IF a THEN RETURN NULL; END IF; EXECUTE $$ SELECT ';' $$; RETURN NEW; END; $f$;
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN ''a;''; END'; CREATE TRIGGER g BEFORE INSERT ON t EXECUTE FUNCTION f();
DO LANGUAGE plpgsql 'BEGIN NULL; END'; CREATE FUNCTION c() RETURNS int LANGUAGE c AS '$libdir/a', 'b;';
-----
COPY t FROM STDIN;
1	it's; $$ /* "
\.x
\\.
\.
COPY u (a, "from;", stdin) FROM STDIN WITH (FORMAT csv, HEADER true);
\.
COPY v FROM STDOUT;
-- not a comment
\.
COPY BINARY w FROM STDIN WITH DELIMITER ';';
	 \.
\.
COPY "from" FROM '/tmp/stdin'; COPY t TO STDOUT; COPY (SELECT a FROM stdin) TO STDOUT; COPY t FROM PROGRAM 'cat;'; COPY t TO STDIN;
COPY a.b (c) /* FROM; */ FROM -- x
 STDIN (DELIMITER E'\t', NULL ';', FORCE_NULL (stdin)) WHERE c > 0 ;  
;;;
\.
SELECT 1; SELECT copy, stdin FROM stdin;
-----
SELECT 1-----
;
SELECT 2 --é🙂;
; SELECT '🙂;', "🙂;" , $🙂$;$🙂$; /* 🙂; */ SELECT 3
-----
-- only a comment;
/* and ; another */ ;;
-----
