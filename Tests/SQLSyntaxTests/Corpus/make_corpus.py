"""Makes corpus.jsonl: scripts of SQL, and how PostgreSQL's own scanner and parser cut them.

    pip install pglast==8.8 && python make_corpus.py

Each line holds a script, its statements as the parser sees them, and its tokens as the scanner sees them. All places are bytes.
The scripts are those of handwritten.sql and random ones from a fixed seed, so that every run writes the same file. psql alone
knows of COPY data; it is blanked out before the parser sees a script, and the statement that owns it is told by the syntax tree.
"""

import json
import random
import re
from pathlib import Path

from pglast import parser

HERE = Path(__file__).parent
RANDOM_STATEMENTS = 2600


class Writer:
    """Writes one random statement after another; each that it writes is valid for the parser."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def pick(self, *choices):
        return self.random.choice(choices)

    def chance(self, part):
        return self.random.random() < part

    # White space and comments

    def space(self):
        if self.chance(0.8):
            return self.pick(" ", " ", " ", "\n", "\t", "\r\n", "  \n  ", " \f", " \v")
        return " " + self.comment() + " "

    def comment(self):
        if self.chance(0.5):
            return "--" + self.hidden().replace("\n", " ").replace("\r", " ") + self.pick("\n", "\n", "\r\n", "\r")
        return "/*" + self.block(2) + "*/"

    def block(self, depth):
        text = re.sub(r"[*/]", "", self.hidden())
        if depth and self.chance(0.4):
            text += " /*" + self.block(depth - 1) + "*/ "
        return self.pick(text, text + "* / ", "/ *" + text, text + "**", "-- " + text)

    def hidden(self):
        """Text that must not be taken for SQL."""
        pieces = [";", "'", '"', "$$", "$a$", "--", "\\", "\\'", "é", "日本", "🙂", "END;", "BEGIN ATOMIC", " ", "(", ")", "\n", "a", "1", "\\."]
        return "".join(self.pick(*pieces) for _ in range(self.random.randint(0, 6)))

    def join(self, *words):
        """Words with something between them; only glued where that keeps them apart."""
        return self.space().join(word for word in words if word)

    # Names and constants

    def name(self):
        plain = ["a", "b1", "t", "größe", "_x", "a$1", "x$y$z", "日本", "e", "u", "n", "x", "b", "E1", "atomic", "begin", "copy", "stdin", "Data"]
        return self.pick(*plain, *plain, self.quoted(), self.unicode_name())

    def quoted(self):
        return '"' + self.hidden().replace('"', '""') + 'q"'

    def unicode_name(self):
        if self.chance(0.7):
            return self.pick("U", "u") + '&"d\\0061' + self.pick("", ";", '""', "'", "\\+000061") + '"'
        return 'U&"d!0061;"' + self.space() + "UESCAPE" + self.space() + "'!'"

    def qualified(self):
        return self.pick("", "", self.name() + ".") + self.name()

    def constant(self):
        kinds = [self.string, self.escape, self.unicode_string, self.bits, self.dollar, self.number, self.parameter]
        return self.pick(*kinds)()

    def string(self):
        return self.pick("", "", "", "N", "n") + self.plain()

    def plain(self):
        text = "'" + self.hidden().replace("'", "''") + "'"
        while self.chance(0.15):
            text += self.continuation() + "'" + self.hidden().replace("'", "''") + "'"
        return text

    def continuation(self):
        return self.pick("\n", " \n\t", "\r\n", " -- it's;\n", "\n-- x\n  ", " -- a\n -- b ;\n")

    def escape(self):
        body = lambda: "".join(self.pick("\\'", "\\\\", "''", ";", "\\n", "\\x41", "\\u0061", "a", "--", "$$", "é", "\\101") for _ in range(self.random.randint(0, 5)))
        text = self.pick("E", "e") + "'" + body() + "'"
        while self.chance(0.15):
            text += self.continuation() + "'" + body() + "'"
        return text

    def unicode_string(self):
        if self.chance(0.7):
            return self.pick("U", "u") + "&'d\\0061" + self.pick("", ";", "''", '"', "\\+01F642", "\\\\") + "'"
        return "U&'d!0061;\\'" + self.space() + "UESCAPE" + self.space() + "'!'"

    def bits(self):
        return self.pick("B'0101'", "b''", "X'1F'", "x'a0'", "B'01'\n'10'", "X'1' -- ;\n 'F'")

    def dollar(self):
        tag = self.pick("", "", "a", "A", "tag_1", "é", "_", "f")
        body = self.hidden().replace("$", "") + self.pick("", "$", "$b$", "$ a$", "$$" if tag else "", "$1")
        if tag:
            body += self.pick("", "$" + tag, tag + "$", "$" + tag + "x$")
        quote = "$" + tag + "$"
        if (body + " ").find(quote) >= 0 or (body + quote).find(quote) < len(body):
            body = ";"
        return quote + body + quote

    def number(self):
        return self.pick("0", "42", "1.5", ".5", "5.", "1e5", "1E-5", "1.e+5", ".5e1", "0x1F", "0Xff", "0x_1e", "0o17", "0b101", "1_000", "1_0.2_5", "1e1_0")

    def parameter(self):
        return "$" + str(self.random.randint(1, 40))

    # Expressions

    def expression(self, depth=3):
        if depth == 0 or self.chance(0.3):
            return self.pick(self.constant, self.constant, self.qualified)()
        return self.pick(
            self.binary, self.binary, self.unary, self.cast, self.call, self.case, self.parenthesised, self.subscript, self.subquery
        )(depth - 1)

    def operator(self):
        return self.pick(
            "+", "-", "*", "/", "%", "^", "<", ">", "=", "<=", ">=", "<>", "!=", "||", "@>", "<@", "&&", "->", "->>", "#>", "#-", "?", "?|",
            "~", "!~*", "@-", "@+", "<->", "|/", "`", "&<|", "@-@", "~-", "OPERATOR(pg_catalog.+)", "AND", "OR", "IS DISTINCT FROM", "LIKE",
        )

    def binary(self, depth):
        operator = self.operator()
        sign = self.pick("", "", "", "-", "+", "- -")
        left, right = "(" + self.expression(depth) + ")", sign + "(" + self.expression(depth) + ")"
        if operator[0].isalpha():
            return self.join(left, operator, right)
        return left + self.pick("", " ", "/*;*/", "--'\n") + operator + self.pick("", " ", "/* ; */", " -- ;\n") + right

    def unary(self, depth):
        return self.pick("-", "+", "~", "@", "NOT ", "-+", "@-", "!! ", "|/", "- -") + "(" + self.expression(depth) + ")"

    def cast(self, depth):
        kind = self.pick("int", "text[]", "numeric(10,2)", "pg_catalog.int4", '"Type;"', "timestamp(3) with time zone")
        return self.pick(f"({self.expression(depth)})::{kind}", f"CAST({self.expression(depth)} AS {kind})", "date '2020;'", "date'x\\'")

    def call(self, depth):
        name = self.pick("f", "s.f", '"F;"')
        return name + "(" + self.pick("", self.expression(depth), f"a := {self.expression(depth)}", f"a=>-1, b => {self.expression(depth)}") + ")"

    def case(self, depth):
        parts = ["CASE", self.pick("", self.expression(depth)), "WHEN", self.expression(depth), "THEN", self.expression(depth)]
        if self.chance(0.5):
            parts += ["ELSE", self.expression(depth)]
        return self.join(*parts, "END")

    def parenthesised(self, depth):
        return "(" + self.expression(depth) + ")"

    def subscript(self, depth):
        return f"(ARRAY[{self.expression(depth)}, 1])" + self.pick("[1]", "[1:2]", "[:]", "[a :b]", "[ :2]")

    def subquery(self, depth):
        return self.pick("", "EXISTS ") + "(" + self.select(depth) + ")"

    # Statements

    def select(self, depth=3):
        columns = [self.labelled(depth) for _ in range(self.random.randint(1, 3))]
        parts = ["SELECT", ", ".join(columns)]
        if self.chance(0.6):
            parts += ["FROM", self.qualified()]
            if self.chance(0.4):
                parts += ["WHERE", self.expression(depth)]
        return self.join(*parts)

    def labelled(self, depth):
        label = self.pick("", "", "AS end", "AS case", "end", "case", "AS " + self.name())
        return self.join("(" + self.expression(depth) + ")" if label else self.expression(depth), label)

    def insert(self):
        return self.join("INSERT", "INTO", self.qualified(), "VALUES", "(" + self.expression() + "," + self.expression() + ")")

    def update(self):
        return self.join("UPDATE", self.qualified(), "SET", self.name(), "=", self.expression(), "WHERE", self.expression())

    def delete(self):
        return self.join("DELETE", "FROM", self.qualified(), "WHERE", self.expression())

    def create_table(self):
        return self.join("CREATE", "TABLE", self.qualified(), "(" + self.name(), "int", "DEFAULT", "(" + self.expression() + ")" + ")")

    def create_rule(self):
        bodies = ";".join(self.pick("", self.delete(), self.insert()) for _ in range(self.random.randint(2, 4)))
        action = "(" + self.delete() + ";" + bodies + ")"
        return self.join("CREATE", self.pick("", "OR REPLACE"), "RULE", self.name(), "AS ON INSERT TO", self.qualified(), "DO ALSO", action)

    def quoted_routine(self):
        language = self.pick("plpgsql", "sql", "c")
        body = self.pick(self.dollar, self.plain, self.escape)()
        return self.join("CREATE", self.pick("", "OR REPLACE"), "FUNCTION", self.qualified() + "()", "RETURNS int LANGUAGE", language, "AS", body)

    def atomic_routine(self):
        kind, result = self.pick(("FUNCTION", "RETURNS int"), ("PROCEDURE", ""))
        body = [self.pick("", self.select(2), self.select(2), self.insert(), self.delete(), "RETURN " + self.expression(2)) for _ in range(self.random.randint(0, 4))]
        inside = "".join(statement + self.pick(";", " ;", "/* ; */;") + self.space() for statement in body)
        arguments = self.pick("()", "(begin atomic)", "(a int DEFAULT 1)")
        return self.join(
            self.pick("CREATE", "create"), self.pick("", "OR REPLACE"), kind, self.qualified() + arguments, result, "LANGUAGE sql",
            self.pick("BEGIN", "begin"), self.pick("ATOMIC", "Atomic"), inside + self.pick("END", "end"),
        )

    def block_statement(self):
        return self.join("DO", self.pick("", "LANGUAGE plpgsql"), self.pick(self.dollar, self.plain)())

    def control(self):
        return self.pick("BEGIN", "COMMIT", "END", "ROLLBACK", "START TRANSACTION", "SAVEPOINT s", "ROLLBACK TO s", "BEGIN WORK", "END AND CHAIN")

    def comment_on(self):
        return self.join("COMMENT ON TABLE", self.qualified(), "IS", self.pick(self.plain(), self.escape(), self.dollar(), "NULL"))

    def copy(self):
        return self.join("COPY", self.qualified(), self.pick("", "(a, stdin)"), "TO", self.pick("STDOUT", "'/tmp/x;'", "PROGRAM 'cat;'", "STDIN"))

    def copy_in(self):
        source = self.pick("STDIN", "stdin", "STDIN WITH (FORMAT csv)", "STDIN (DELIMITER ';')", "STDOUT")
        rows = [self.hidden().replace("\n", " ").replace("\\.", ".").replace("\r", " ") for _ in range(self.random.randint(0, 4))]
        lines = "".join(row.replace("\\", "\\\\") + "\n" for row in rows)
        return self.join("COPY", self.qualified(), self.pick("", "(a, stdin)"), "FROM", source), lines + "\\.\n"

    def create_operator(self):
        return "CREATE OPERATOR " + self.pick("@+-", "@-", "@+", "<->", "~-+", "=", "=>=")  + " (FUNCTION = f, LEFTARG = int)"

    def statement(self):
        return self.pick(
            self.select, self.select, self.select, self.insert, self.update, self.delete, self.create_table, self.create_rule,
            self.quoted_routine, self.atomic_routine, self.atomic_routine, self.block_statement, self.control, self.comment_on, self.copy,
            self.create_operator,
        )()

    def script(self, count):
        """Statements with their ends, empty ones among them; returns the text and the places of its COPY data."""
        text, data = "", []
        for index in range(count):
            text += self.pick("", self.space(), self.space() + ";" + self.space())
            if self.chance(0.06):
                statement, lines = self.copy_in()
                text += statement + self.pick(";\n", " ; \n", "/* x */;\t\n")
                data.append((len(text), len(text) + len(lines)))
                text += lines
            else:
                text += self.statement()
                if index + 1 < count or self.chance(0.7):
                    text += ";"
        return text + self.pick("", "\n", self.space()), data


def handwritten():
    for text in (HERE / "handwritten.sql").read_text().split("\n-----\n"):
        if text.strip():
            data = []
            for copy in re.finditer(r"(?m)^(?:COPY|\s)[^\n]*\b(?:STDIN|STDOUT)\b[^\n]*;[ \t]*\n(?=(?:[^\n]*\n)*?\\\.\n)", text + "\n"):
                if re.search(r"\bTO ST", copy.group()):
                    continue
                end = re.compile(r"(?m)^\\\.\n").search(text + "\n", copy.end()).end()
                data.append((copy.end(), end))
            yield text + "\n", data


def blanked(text, data):
    for start, end in data:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def answer(text, data):
    """What PostgreSQL says to a script."""
    sql = blanked(text, data)
    place = [0]
    for character in text:
        place.append(place[-1] + len(character.encode()))
    # The scanner gives N'x' as two tokens of which the first is the letter alone.
    tokens, glued = [], False
    for token in parser.scan(sql):
        if token.name == "NCHAR" and token.end == token.start:
            glued = True
        elif glued:
            tokens.append((token.start - 1, token.end + 1, token.name))
            glued = False
        else:
            tokens.append((token.start, token.end + 1, token.name))
    seen = [token for token in tokens if token[2] not in ("SQL_COMMENT", "C_COMMENT")]
    statements = []
    for raw in parser.parse_sql(sql):
        end = raw.stmt_location + raw.stmt_len if raw.stmt_len else len(sql)
        inside = [token for token in seen if raw.stmt_location <= token[0] and token[1] <= end and token[2] != "ASCII_59" or raw.stmt_location < token[0] < end and token[1] <= end]
        while inside and inside[-1][2] == "ASCII_59":
            inside.pop()
        node = raw.stmt
        takes_data = type(node).__name__ == "CopyStmt" and node.is_from and not node.filename and not node.is_program
        statement = {"start": place[inside[0][0]], "end": place[inside[-1][1]]}
        if takes_data:
            start, end = next(span for span in data if span[0] > inside[-1][1] - 1)
            statement["data"] = [place[start], place[end - len("\\.\n")]]
        statements.append(statement)
    assert sum("data" in statement for statement in statements) == len(data), text
    return {
        "script": text,
        "statements": statements,
        "tokens": [[place[start], place[end]] for start, end, _ in tokens],
    }


def main():
    entries = []
    for text, data in handwritten():
        try:
            entries.append(answer(text, data))
        except parser.ParseError as error:
            raise SystemExit(f"{error}: {text[error.args[1]:][:60]!r} in {text!r}")
    writer, written, rejected = Writer(20), 0, 0
    while written < RANDOM_STATEMENTS:
        text, data = writer.script(writer.random.randint(1, 30))
        try:
            entry = answer(text, data)
        except parser.ParseError as error:
            rejected += 1
            continue
        entries.append(entry)
        written += len(entry["statements"])
    with (HERE / "corpus.jsonl").open("w") as file:
        for entry in entries:
            file.write(json.dumps(entry, ensure_ascii=False, separators=(",", ":")) + "\n")
    count = sum(len(entry["statements"]) for entry in entries)
    print(f"{len(entries)} scripts, {count} statements, {rejected} scripts that the parser refused")


if __name__ == "__main__":
    main()
