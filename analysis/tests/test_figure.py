"""The figures by their structure: panels, labels with units, series, nothing hidden or cut off."""

import functools
import itertools

import matplotlib as mpl
import numpy as np
import pytest
import synthetic as S
from matplotlib.text import Text

import attnsweep
from attnsweep.figure import STYLE, WIDTHS, four_panel_figure
from attnsweep.report import METADATA, saved, use_style
from attnsweep.summary import Cell

SETS = {
    "one model": S.one_model(),
    "three models": S.many_models(3),
    "seven models": S.many_models(7),
    "twenty models": S.many_models(20),
    "three without controls": S.many_models(3, seeds=0),
    "one layer pair": [S.cell("tiny", [1.3])],
    "two layer pairs": [S.cell("tiny", [1.3, 1.1])],
    "nothing usable": [S.cell("broken", [], documents=0, sequences=0)],
    "one of two usable": [S.cell("minilm-l6", S.MINILM), S.cell("broken", [])],
    "wide intervals": [S.cell("minilm-l6", S.MINILM, half=3.0)],
    "no intervals": [
        S.cell(
            "minilm-l6", S.MINILM, curve_low=[], curve_high=[], lambda_low=None, lambda_high=None
        )
    ],
    "tiny values": [S.cell("deep", S.exponential(40, 14.0, 1e-2))],
    "flat": [S.cell("flat", [1.0, 1.0001, 0.9999, 1.0, 1.0])],
    "a gap in the curve": [S.cell("gap", [1.0, 0.5, float("nan"), 0.25, 0.1])],
    "only controls": S.one_model()[1:],
    "long names": [
        S.cell("organisation-with-a-long-name.model-with-a-longer-one-v2." + k, S.MINILM)
        for k in "ab"
    ],
    "long verdicts": [
        S.cell("m", S.MINILM, verdict="supported", reason="not_told_apart:power,linear,floor")
    ],
}
CASES = list(itertools.product(SETS, WIDTHS))


@pytest.fixture(autouse=True)
def style():
    with mpl.rc_context():
        use_style()
        yield


def cells_of(name):
    return [Cell.from_dict(cell) for cell in S.as_read(SETS[name])]


@functools.cache
def draw(name, width="page", **more):
    """A drawn figure, the same one for every test that only looks."""
    figure = four_panel_figure(cells_of(name), width=width, **more)
    figure.canvas.draw()
    return figure


def axes_of(figure, letter):
    return [ax for ax in figure.axes if ax.get_label().split(":")[0] == letter]


def texts(figure):
    """Every visible text with something in it, and its box in pixels."""
    renderer = figure.canvas.get_renderer()
    out = []
    for text in figure.findobj(Text):
        if text.get_visible() and text.get_text().strip() and _shown(text, figure):
            out.append((text, text.get_window_extent(renderer)))
    return out


def _shown(text, figure):
    for ax in figure.axes:
        ticks = ax.xaxis.get_major_ticks() + ax.xaxis.get_minor_ticks()
        ticks += ax.yaxis.get_major_ticks() + ax.yaxis.get_minor_ticks()
        for tick in ticks:
            if text in (tick.label1, tick.label2):
                axis = ax.xaxis if tick in ax.xaxis.get_major_ticks() else ax.yaxis
                low, high = sorted(axis.get_view_interval())
                return ax.axison and low - 1e-9 <= tick.get_loc() <= high + 1e-9
        if text in (ax.xaxis.label, ax.yaxis.label, ax.xaxis.offsetText, ax.yaxis.offsetText):
            return ax.axison
    return True


@pytest.mark.parametrize(("name", "width"), CASES)
def test_four_panels_at_the_width(name, width):
    figure = draw(name, width)
    assert figure.get_figwidth() == WIDTHS[width]
    letters = [t.get_text() for t in figure.findobj(Text) if t.get_gid() == "title"]
    assert [x for x in letters if len(x) == 1] == ["a", "b", "c", "d"]


@pytest.mark.parametrize(("name", "width"), CASES)
def test_no_text_leaves_the_figure_or_covers_another(name, width):
    figure = draw(name, width, partial="3 of 9 tasks")
    found = texts(figure)
    tolerance = figure.dpi / 72  # one point: boxes include the font's blank ascent
    for text, box in found:
        assert box.x0 >= -tolerance and box.x1 <= figure.bbox.width + tolerance, text.get_text()
        assert box.y0 >= -tolerance and box.y1 <= figure.bbox.height + tolerance, text.get_text()
    for (one, a), (two, b) in itertools.combinations(found, 2):
        across = min(a.x1, b.x1) - max(a.x0, b.x0)
        down = min(a.y1, b.y1) - max(a.y0, b.y0)
        apart = across <= tolerance or down <= 2 * tolerance
        assert apart, f"{one.get_text()!r} covers {two.get_text()!r}"


@pytest.mark.parametrize(("name", "width"), CASES)
def test_no_text_below_five_and_a_half_points(name, width):
    for text, _ in texts(draw(name, width)):
        assert text.get_fontsize() >= 5.5, text.get_text()


@pytest.mark.parametrize(("name", "width"), CASES)
def test_legend_hides_no_data(name, width):
    figure = draw(name, width)
    [holder] = [ax for ax in figure.axes if ax.get_legend()]
    box = holder.get_legend().get_window_extent(figure.canvas.get_renderer())
    for ax in figure.axes:
        if ax is not holder:
            assert not box.overlaps(ax.get_window_extent()), ax.get_label()


@pytest.mark.parametrize("name", ["one model", "three models", "seven models"])
def test_series_and_fits(name):
    figure, cells = draw(name), cells_of(name)
    for letter in "ab":
        [ax] = axes_of(figure, letter)
        lines = {line.get_gid(): line for line in ax.get_lines() if line.get_gid()}
        for cell in cells:
            line = lines[f"series:{cell.model}"]
            np.testing.assert_allclose(line.get_ydata(), np.exp(cell.curve), rtol=1e-12)
            np.testing.assert_array_equal(line.get_xdata(), cell.pairs)
            assert (line.get_markerfacecolor() == "white") == bool(cell.control_of)
        fits = [gid for gid in lines if gid.startswith("fit:")]
        assert len(fits) == (len(cells) if letter == "b" else 0)
        assert len(ax.collections) >= len(cells)  # a band each
    [a], [b] = axes_of(figure, "a"), axes_of(figure, "b")
    assert a.get_yscale() == "linear" and b.get_yscale() == "log"
    fit = {line.get_gid(): line for line in b.get_lines()}[f"fit:{cells[0].model}"].get_ydata()
    rate = cells[0].number("lambda")
    np.testing.assert_allclose(np.diff(np.log(fit)), -rate, rtol=1e-9)
    # The line of least squares goes through the mean of the points.
    assert np.log(fit).mean() == pytest.approx(cells[0].curve.mean(), rel=1e-9)


@pytest.mark.parametrize("name", ["one model", "three models"])
def test_labels_with_units(name):
    figure = draw(name)
    for letter in "ab":
        [ax] = axes_of(figure, letter)
        assert "layer pair" in ax.get_xlabel()
        assert "Frobenius norm" in ax.get_ylabel() and "dimensionless" in ax.get_ylabel()
    [c] = axes_of(figure, "c")
    assert c.get_xlabel() == "decay rate λ (per layer)"


def test_divergence_is_in_nats():
    ax = attnsweep.plot_curves([Cell.from_dict(c) for c in S.one_model("js")])
    assert "nats" in ax.get_ylabel()


@pytest.mark.parametrize("width", WIDTHS)
def test_rates_and_intervals(width):
    figure, cells = draw("three models", width), cells_of("three models")
    [ax] = axes_of(figure, "c")
    lines = {line.get_gid(): line for line in ax.get_lines() if line.get_gid()}
    for cell in cells:
        assert lines[f"lambda:{cell.model}"].get_xdata() == [cell.number("lambda")]
        ends = [cell.number("lambda_low"), cell.number("lambda_high")]
        np.testing.assert_allclose(lines[f"interval:{cell.model}"].get_xdata(), ends)
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert len(names) == (12 if width == "page" else 3)


def test_small_multiples_show_every_model_on_one_scale():
    figure, cells = draw("twenty models"), cells_of("twenty models")
    trained = [c for c in cells if not c.control_of]
    for letter in "ab":
        [ax] = axes_of(figure, letter)
        named = [t.get_text() for t in ax.texts if t.get_gid() == "name"]
        assert len(named) == len(set(named)) == 20
        lines = {c.get_gid(): c.get_segments() for c in ax.collections if c.get_gid()}
        what = "series" if letter == "a" else "fit"
        assert len(lines[f"{what}:trained"]) == 20 and len(lines[f"{what}:control"]) == 60
        points = {li.get_gid(): li.get_xydata() for li in ax.get_lines() if li.get_gid()}
        own = np.split(points["points:trained"], np.cumsum([len(c.curve) for c in trained])[:-1])
        value = np.exp if letter == "a" else np.asarray
        scales = []
        for cell, drawn in zip(trained, own, strict=True):
            # Inches are a linear function of d (of ln d): the same one in every panel.
            slope, _ = np.polyfit(value(cell.curve), drawn[:, 1], 1)
            np.testing.assert_allclose(np.diff(drawn[:, 1]), slope * np.diff(value(cell.curve)))
            step = np.diff(drawn[:, 0])
            np.testing.assert_allclose(step, step[0])
            scales.append((slope, step[0]))
        np.testing.assert_allclose(scales, [scales[0]] * 20)
    [c] = axes_of(figure, "c")
    assert sum((line.get_gid() or "").startswith("lambda:") for line in c.get_lines()) == 80


def test_numbers_and_verdict_are_typeset():
    said = {t.get_text() for t in axes_of(draw("one model"), "d")[0].texts}
    assert {"0.053 [0.023, 0.083]", "0.21", "0.03", "rejected", "not monotone", "λ > 0"} <= said


def test_undefined_is_said():
    figure = draw("one layer pair")
    assert "λ undefined" in {t.get_text() for t in axes_of(figure, "c")[0].texts}
    for letter in "ab":
        lines = axes_of(figure, letter)[0].get_lines()
        assert not [line for line in lines if (line.get_gid() or "").startswith("fit:")]
    said = {t.get_text() for t in draw("nothing usable").findobj(Text)}
    assert "no usable values" in said


@pytest.mark.parametrize("width", WIDTHS)
def test_partial_is_marked(width):
    plain, marked = draw("one model", width), draw("one model", width, partial="3 of 9 tasks")
    found = [t for t in marked.texts if t.get_gid() == "partial"]
    assert found[0].get_text() == "PARTIAL: 3 of 9 tasks"
    assert not [t for t in plain.texts if t.get_gid() == "partial"]


def test_mixed_devices_and_missing_controls_are_said():
    figure = draw("three without controls", mixed="cpu float32; cuda float32")
    note = " ".join(t.get_text() for t in figure.texts if t.get_gid() == "note").replace("\n", " ")
    assert "cpu float32; cuda float32" in note
    assert "No untrained control was measured." in note


def test_every_plot_function_takes_an_axes():
    from matplotlib.figure import Figure

    cells = cells_of("three models")
    for draw_it in (
        attnsweep.plot_curves,
        attnsweep.plot_log_curves,
        attnsweep.plot_lambda,
        attnsweep.plot_numbers,
    ):
        ax = Figure().add_subplot()
        assert draw_it(cells, ax=ax) is ax
        assert ax.get_children()


@pytest.mark.parametrize("form", METADATA)
def test_files_are_the_same_every_time(form):
    one, two = (four_panel_figure(cells_of("one model")) for _ in range(2))
    assert saved(one, form) == saved(two, form)


def test_png_has_300_dots_an_inch():
    import struct

    data = saved(draw("one model"), "png")
    width = struct.unpack(">I", data[16:20])[0]
    assert width == pytest.approx(7.2 * 300, abs=1)


def luminance(color):
    """Relative luminance of WCAG 2."""
    rgb = np.array(mpl.colors.to_rgb(color))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def test_series_differ_without_colour():
    cycle = list(mpl.rcParams["axes.prop_cycle"])
    assert len({entry["marker"] for entry in cycle}) == len(cycle)
    okabe_ito = {
        "#000000",
        "#E69F00",
        "#56B4E9",
        "#009E73",
        "#F0E442",
        "#0072B2",
        "#D55E00",
        "#CC79A7",
    }
    assert {entry["color"].upper() for entry in cycle} <= okabe_ito
    # WCAG asks a contrast of 3 for graphics; orange (2.3) and sky blue (2.3) of Okabe and Ito do
    # not reach it on white, so a bound of 2 keeps only yellow (1.3) out.
    assert min(1.05 / (luminance(entry["color"]) + 0.05) for entry in cycle) > 2


def test_style_sheet_is_one_replaceable_file(tmp_path):
    own = tmp_path / "own.mplstyle"
    own.write_text("axes.prop_cycle: cycler('color', ['ff0000'])\nfont.size: 9\n")
    use_style(own)
    figure = four_panel_figure(cells_of("one model"))
    [ax] = axes_of(figure, "a")
    line = next(li for li in ax.get_lines() if li.get_gid() == "series:minilm-l6")
    assert mpl.colors.to_hex(line.get_color()) == "#ff0000"
    assert STYLE.is_file()
