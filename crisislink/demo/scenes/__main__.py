"""`python -m crisislink.demo.scenes [SCENE…]`: renders the clips into the package, and their digests.

Needs skia-python and the DejaVu fonts; a minute or two on two cores. The result is the same each time on the
same versions of Skia and FFmpeg.
"""

import sys
from concurrent.futures import Future, ProcessPoolExecutor
from hashlib import sha256
from multiprocessing import Manager
from pathlib import Path
from queue import Empty, Queue

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from crisislink.demo.clips import CARDS, ClipCard
from crisislink.demo.digests import DIGESTS
from crisislink.demo.scenes.render import render

_DEMO = Path(__file__).parent.parent
_PROCESSES = 2


def main(names: list[str]) -> int:
    """Renders the named scenes, or all."""
    cards = [c for c in CARDS if not names or c.name in names]
    unknown = set(names) - {c.name for c in CARDS}
    if unknown:
        print(
            f"unknown scene: {', '.join(sorted(unknown))}; known: {', '.join(c.name for c in CARDS)}",
            file=sys.stderr,
        )
        return 2
    columns = TextColumn("{task.description:18}"), BarColumn(), TimeElapsedColumn()
    with Manager() as manager, ProcessPoolExecutor(_PROCESSES) as pool, Progress(*columns) as progress:
        told: Queue[tuple[str, float]] = manager.Queue()
        bars = {c.name: progress.add_task(c.name, total=1.0) for c in cards}
        work = [pool.submit(_one, c, told) for c in cards]
        _show(progress, bars, told, work)
        made = {name: clip for done in work for name, clip in done.result().items()}
    _write(made)
    return 0


def _one(card: ClipCard, told: "Queue[tuple[str, float]]") -> dict[str, bytes]:
    return render(card, lambda share: told.put((card.name, share)))


def _show(
    progress: Progress,
    bars: dict[str, TaskID],
    told: "Queue[tuple[str, float]]",
    work: "list[Future[dict[str, bytes]]]",
) -> None:
    while not all(w.done() for w in work):
        try:
            name, share = told.get(timeout=0.5)
        except Empty:
            continue
        progress.update(bars[name], completed=share)


def _write(made: dict[str, bytes]) -> None:
    """All files at the end, so that clips and digests agree but for a moment."""
    folder = _DEMO / "clips"
    folder.mkdir(exist_ok=True)
    for name, clip in made.items():
        (folder / f"{name}.mov").write_bytes(clip)
    digests = DIGESTS | {name: sha256(clip).hexdigest() for name, clip in made.items()}
    lines = "".join(f'    "{name}": "{digest}",\n' for name, digest in sorted(digests.items()))
    (_DEMO / "digests.py").write_text(
        '"""SHA-256 of the rendered clips. Written by `python -m crisislink.demo.scenes`; not by hand."""\n\n'
        f"DIGESTS: dict[str, str] = {{\n{lines}}}\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
