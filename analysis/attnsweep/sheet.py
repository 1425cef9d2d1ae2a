"""A page laid out by the inch, so that type and lines keep their size."""

from __future__ import annotations

from collections.abc import Callable

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from attnsweep.forest import text_width


class Sheet:
    """Axes by the inch, from the top of the page downwards; the height is settled at the end."""

    def __init__(self, width: float) -> None:
        self.width = width
        self.figure = Figure(figsize=(width, 1.0))
        FigureCanvasAgg(self.figure)
        self.boxes: list[tuple[Axes, tuple[float, float, float, float]]] = []
        self._texts: list[tuple[float, float, str, dict[str, object]]] = []
        self._later: list[Callable[[], object]] = []
        self.y = 0.0  #: inches used so far

    def axes(self, left: float, top: float, width: float, height: float, label: str) -> Axes:
        ax = self.figure.add_axes((0, 0, width / self.width, height), label=label)
        self.boxes.append((ax, (left, top, width, height)))
        return ax

    def text(self, left: float, top: float, text: str, **style: object) -> None:
        self._texts.append((left, top, text, style))

    def when_settled(self, draw: Callable[[], object]) -> None:
        """For panels that measure their own size."""
        self._later.append(draw)

    def settle(self) -> None:
        """Gives the figure its height and every axes its place."""
        self.figure.set_size_inches(self.width, self.y)
        for ax, (left, top, width, height) in self.boxes:
            ax.set_position(
                (
                    left / self.width,
                    1 - (top + height) / self.y,
                    width / self.width,
                    height / self.y,
                )
            )
        for left, top, text, style in self._texts:
            self.figure.text(left / self.width, 1 - top / self.y, text, va="top", **style)
        for draw in self._later:
            draw()


def wrapped(text: str, width: float, size: float) -> list[str]:
    """Lines of at most `width` inches."""
    lines, line = [], ""
    for word in text.split(" "):
        trial = f"{line} {word}".strip()
        if line and text_width(trial, size) > width * 72:
            lines.append(line)
            line = word
        else:
            line = trial
    return [*lines, line] if line else lines
