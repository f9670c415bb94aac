"""Keeps a random sample of a cosmic-ray session: one mutant for each place and kind, annotations and imports left out.

python tests/mutation/sample.py session.sqlite COUNT SEED
"""

from __future__ import annotations

import random
import sqlite3
import sys
from pathlib import Path


def main(session: str, count: str, seed: str) -> None:
    database = sqlite3.connect(session)
    rows = database.execute(
        "select job_id, module_path, operator_name, start_pos_row, start_pos_col from mutation_specs"
    ).fetchall()
    random.Random(int(seed)).shuffle(rows)
    seen: set[tuple[str, int, int, str]] = set()
    kept: list[str] = []
    for job, path, operator, row, column in rows:
        line = Path(path).read_text("utf-8").splitlines()[row - 1].strip()
        kind = operator.rsplit("_", 1)[0] if "Replace" in operator else operator
        place = (path, row, column, kind)
        if "BitOr" in operator or line.startswith(("from ", "import ", '"""', "@dataclass")) or place in seen:
            continue
        seen.add(place)
        kept.append(job)
    chosen = set(kept[: int(count)])
    for (job,) in database.execute("select job_id from work_items").fetchall():
        if job not in chosen:
            database.execute("delete from mutation_specs where job_id = ?", (job,))
            database.execute("delete from work_items where job_id = ?", (job,))
    database.commit()
    print(f"{len(chosen)} of {len(kept)} places")


if __name__ == "__main__":
    main(*sys.argv[1:])
