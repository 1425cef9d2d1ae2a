"""A page laid out by the inch, so that type and lines keep their size."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from attnsweep.forest import text_width

WIDTHS = {"page": 7.2, "column": 3.5}  #: inches
SMALL_PRINT = 6.0  #: points


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

    def banner(self, partial: str) -> None:
        """On top of a figure made from a run that is not complete."""
        if not partial:
            return
        size = mpl.rcParams["axes.titlesize"]
        lines = wrapped(f"PARTIAL: {partial}", self.width - 0.3, size + 1)
        self.text(
            0.08,
            self.y + 0.03,
            "\n".join(lines),
            color="white",
            weight="bold",
            fontsize=size,
            bbox={"facecolor": "#A00000", "edgecolor": "none", "pad": 2.5},
            gid="partial",
        )
        self.y += 0.1 + len(lines) * size * 1.25 / 72

    def legend(self, handles: Sequence[Artist]) -> None:
        """Entries in rows across the page, in a strip of their own."""
        if not handles:
            return
        size = mpl.rcParams["legend.fontsize"]
        entry = [text_width(str(h.get_label()), size) / 72 for h in handles]
        keys = ("legend.handlelength", "legend.handletextpad", "legend.columnspacing")
        around = size / 72 * sum(mpl.rcParams[key] for key in keys)
        columns = next(
            n
            for n in range(len(handles), 0, -1)
            if n == 1 or sum(max(entry[k::n]) + around for k in range(n)) <= self.width - 0.2
        )
        height = math.ceil(len(handles) / columns) * size * 1.5 / 72 + 0.02
        ax = self.axes(0.1, self.y, self.width - 0.2, height, "legend")
        ax.set_axis_off()
        blank = Line2D([], [], linestyle="none", marker="none", label=" ")
        padded = [*handles, *[blank] * (-len(handles) % columns)]
        across = [h for c in range(columns) for h in padded[c::columns]]  # it fills downwards
        ax.legend(handles=across, loc="center", ncols=columns, borderaxespad=0)
        self.y += height + 0.1

    def small_print(self, text: str) -> None:
        lines = wrapped(text, self.width - 0.2, SMALL_PRINT)
        self.text(
            0.1,
            self.y,
            "\n".join(lines),
            fontsize=SMALL_PRINT,
            color="0.25",
            gid="note",
            linespacing=1.25,
        )
        self.y += len(lines) * SMALL_PRINT * 1.3 / 72 + 0.06

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


def title(ax: Axes, letter: str, text: str, pad: float | None = None, left: float = 0) -> None:
    """Letter and title above an axes, `left` inches to the left of its edge."""
    pad = mpl.rcParams["axes.titlepad"] if pad is None else pad
    size = mpl.rcParams["axes.titlesize"]
    for shift, what, weight in ((0, letter, "bold"), (11 if letter else 0, text, "normal")):
        if what:
            ax.annotate(
                what,
                (0, 1),
                xytext=(shift - 72 * left, pad),
                xycoords="axes fraction",
                va="baseline",
                textcoords="offset points",
                fontsize=size,
                fontweight=weight,
                gid="title",
            )


def left_of(axis_of: Axes) -> float:
    """Where an axes' tick labels and label begin, in inches."""
    figure = axis_of.figure
    box = axis_of.yaxis.get_tightbbox(figure.canvas.get_renderer())
    return (box.x0 if box else axis_of.bbox.x0) / figure.dpi


def keep_right_of(ax: Axes, edge: float) -> None:
    """Narrows an axes whose tick labels are long."""
    over = edge - left_of(ax)
    if over > 0:
        box = ax.get_position()
        share = over / ax.figure.get_figwidth()
        ax.set_position((box.x0 + share, box.y0, box.width - share, box.height))


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
