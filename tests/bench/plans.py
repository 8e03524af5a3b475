"""The plans of statements, as the log of the server has them: what they read, and how they are printed."""

import collections
import re
from dataclasses import dataclass
from pathlib import Path

# A partition without records, or with next to none, may be scanned.
MOST_ROWS_SCANNED = 1000
# A group is sorted, and not the records of which there are many in each.
MOST_ROWS_SORTED = 50_000
PARTITION = re.compile(r" *->  .*Scan .*on connection_records_.*\(actual rows=(\d+) ")
SCAN = re.compile(r"((?:\w+ )*Scan)(?: Backward)?(?: using (\w+))? on (\w+)")


@dataclass
class Statement:
    """A statement that the service ran."""

    milliseconds: float
    text: str
    plan: list

    def blocks(self):
        """How many blocks of 8 KiB it looked at. What the first line says of buffers holds all below it."""
        line = next(line for line in self.plan if line.strip().startswith("Buffers: "))
        return sum(int(count) for count in re.findall(r"(?:hit|read)=(\d+)", line.partition("temp")[0]))

    def scans(self):
        """The ways in which it read tables and indexes."""
        scans = collections.defaultdict(list)
        for kind, index, table in SCAN.findall("\n".join(self.plan)):
            scans[kind].append(index or table)
        return [f"`{kind}` of {names[0] if len(names) == 1 else len(names)}" for kind, names in scans.items()]

    def reads_too_much(self):
        """Why its plan is not suitable for a large table, where that is so."""
        for node in re.split(r"\n *-> *", "\n".join(self.plan)):
            if re.match(r"(Incremental )?Sort\b", node):
                # What was counted may be sorted.
                if rows := re.search(r"\(actual rows=([\d.]+)", node):
                    if float(rows[1]) <= MOST_ROWS_SORTED:
                        continue
                return "it sorts"
            if scan := re.search(r"Seq Scan on \w+.*\(actual rows=([\d.]+) loops=(\d+)\)", node):
                removed = re.search(r"Rows Removed by Filter: (\d+)", node)
                rows = (float(scan[1]) + int(removed[1] if removed else 0)) * int(scan[2])
                if rows > MOST_ROWS_SCANNED:
                    return f"it reads a whole table: {rows:.0f} rows"
        return None


class ServerLog:
    """The log of the throwaway server, which stands beside its data: see scripts/postgres."""

    ENTRY = re.compile(r"duration: ([\d.]+) ms +plan:\n((?:\t.*\n)+)")

    def __init__(self, connection):
        self.connection = connection
        data = connection.execute("SHOW data_directory").fetchone()[0]
        self.path = str(Path(data).parent / "log")
        self.seen = self.size()

    def size(self):
        return self.connection.execute("SELECT size FROM pg_stat_file(%s)", (self.path,)).fetchone()[0]

    def text(self):
        """What was logged since the last call."""
        size = self.size()
        text = self.connection.execute(
            "SELECT convert_from(pg_read_binary_file(%s, %s, %s), 'UTF8')", (self.path, self.seen, size - self.seen)
        ).fetchone()[0]
        self.seen = size
        return text

    def statements(self):
        """The statements about records since the last call."""
        entries = [self.statement(entry) for entry in self.ENTRY.finditer(self.text())]
        return [entry for entry in entries if re.search("connection_records|record_counts", entry.text)]

    @staticmethod
    def statement(entry):
        lines = [line.removeprefix("\t") for line in entry[2].splitlines()]
        # The text of the statement comes first, and may have several lines.
        plan = next(number for number, line in enumerate(lines) if "(cost=" in line)
        text = " ".join(lines[:plan]).removeprefix("Query Text: ")
        return Statement(float(entry[1]), short_text(text), short_plan(lines[plan:]))


def short_text(text):
    """A statement without quotes and without a long list of columns."""
    text = text.replace('"connection_records".', "").replace('"', "")
    return re.sub(r"SELECT (?:\w+, ){9,}\w+", "SELECT …", text)


def short_plan(lines):
    """A plan without estimates, without long arrays, and without what was never executed, which is counted."""
    plan, left_out, indent = [], 0, None
    for line in lines:
        depth = len(line) - len(line.lstrip())
        if indent is not None and depth > indent:
            continue
        indent = depth if "(never executed)" in line else None
        if indent is not None:
            left_out += 1
            continue
        line = re.sub(r"\(cost=[^)]*\) ", "", line)
        plan.append(re.sub(r"'\{([^,}]*),[^}]*\}'", r"'{\1, …}'", line))
    return [*plan, f"({left_out} more were never executed)"] if left_out else plan


def folded(plan):
    """A plan in which one scan stands for all those of partitions beside it: the one that found most."""
    scans, depth = [], None
    for line in plan:
        indent = len(line) - len(line.lstrip())
        if (found := PARTITION.match(line)) and (not scans or indent == depth):
            scans.append((int(found[1]), [line]))
            depth = indent
        elif scans and indent > depth:
            scans[-1][1].append(line)
        else:
            yield from most(scans)
            scans = []
            yield line
    yield from most(scans)


def most(scans):
    if scans:
        rows, lines = max(scans, key=lambda scan: scan[0])
        yield from lines
        if others := len(scans) - 1:
            found = sum(found for found, _ in scans) - rows
            yield " " * (len(lines[0]) - len(lines[0].lstrip())) + f"(and {others} more partitions, {found} rows)"
