"""The page as a reader meets it, in headless Chromium: charts, toggles, values at the pointer and
under the arrow keys, tables, paper, the dark, a phone, and no scripts at all."""

import os
import re
import shutil

import matplotlib as mpl
import numpy as np
import pytest
import synthetic as S
import synthetic_across as A
import synthetic_run as R

from attnsweep.figure import hero_figure
from attnsweep.page import render
from attnsweep.plot_texts import Spread
from attnsweep.report import saved, use_style
from attnsweep.run import open_run

CHARTS = {
    "hero", "curves", "laws", "rates", "control", "depth", "variance", "covariates", "heads",
    "reach", "tokens",
}  # fmt: skip
CORPORA = ("fortunes", "news")


def chromium():
    names = ("chromium", "chromium-browser", "google-chrome")
    found = [os.environ.get("ATTNSWEEP_CHROMIUM"), *map(shutil.which, names)]
    return next((path for path in found if path), None)


@pytest.fixture(scope="module")
def browser():
    api = pytest.importorskip("playwright.sync_api", reason="not run: playwright is missing")
    path = chromium()
    if path is None:
        pytest.skip("not run: no Chromium is installed (jobs/setup.sh --tests installs it)")
    with api.sync_playwright() as playwright:
        # A container's root has no sandbox to run in.
        options = ["--no-sandbox"] if os.geteuid() == 0 else []
        made = playwright.chromium.launch(executable_path=path, args=options)
        yield made
        made.close()


def study(models):
    """Cells of two corpora, norms and views, with everything that reduce can say beside them."""
    make = S.one_model if models == 1 else lambda **k: S.many_models(models, **k)
    cells = [
        cell | {"view": view}
        for norm in ("frobenius", "tv")
        for view in ("keep", "drop")
        for corpus in CORPORA
        for cell in make(corpus=corpus, norm=norm)
    ]
    for cell in cells:
        if not cell["control_of"]:
            cell["control"] = [
                {
                    "model": f"{cell['model']}-untrained.{k}",
                    "drop": 0.3,
                    "verdict": "rejected",
                    "drop_difference": cell["drop"] - 0.3,
                    "drop_difference_low": cell["drop"] - 0.4,
                    "drop_difference_high": cell["drop"] - 0.2,
                }
                for k in range(3)
            ]
    kept = [c for c in cells if c["view"] == "keep"]
    trained = {c["model"]: None for c in kept if not c["control_of"]}
    A.with_reach(cells)
    return cells, {"across_models": A.across(kept, CORPORA), "heads": A.heads(trained, 6)}


def page_file(folder, models):
    cells, more = study(models)
    run = open_run(R.make_run(folder / "run", cells, **{k: S.as_read(v) for k, v in more.items()}))
    rng = np.random.default_rng(5)
    texts = {
        (c.model, c.corpus, c.norm, c.view): Spread.of_rates(
            rng.normal(c.number("lambda"), 0.04, 500)
        )
        for c in run.reduced.cells
    }
    file = folder / "report.html"
    with mpl.rc_context():
        use_style()
        hero = saved(hero_figure(run.reduced.of(run.reduced.series()[0])), "svg")
        file.write_text(render(run, [], texts, folder, hero), "utf-8")
    return file


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    return page_file(tmp_path_factory.mktemp("three"), 3)


@pytest.fixture(scope="module")
def twenty(tmp_path_factory):
    return page_file(tmp_path_factory.mktemp("twenty"), 20)


class Visit:
    """A page that is open; what it says and asks for is kept."""

    def __init__(self, browser, file, **options):
        options = {"viewport": {"width": 1280, "height": 800}} | options
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.said, self.asked = [], []
        self.page.on("console", lambda m: self.said.append(f"{m.type}: {m.text}"))
        self.page.on("pageerror", lambda e: self.said.append(f"error: {e}"))
        self.page.on("request", lambda r: self.asked.append(r.url))
        self.page.goto(file.as_uri())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.context.close()

    def chart(self, name):
        """The figure of a chart, drawn."""
        figure = self.page.locator(f'figure[data-chart="{name}"]')
        figure.scroll_into_view_if_needed()
        drawn = self.page.locator(f'figure[data-chart="{name}"]:not([aria-busy])')
        drawn.locator(".plot > *").first.wait_for(state="attached")
        return figure

    def count(self, name, what):
        return self.chart(name).locator(f".plot svg {what}").count()

    def set(self, selector, on):
        self.page.locator(selector).set_checked(on)


@pytest.fixture
def visit(browser, three):
    with Visit(browser, three) as opened:
        yield opened
        assert opened.said == []


def test_every_chart_is_drawn_and_nothing_is_asked_or_complained_of(visit, three):
    found = visit.page.locator("figure.chart")
    assert {f.get_attribute("data-chart") for f in found.all()} == CHARTS
    for name in CHARTS:
        assert visit.count(name, "g.hits > *") > 0, name
        assert "could not be drawn" not in visit.chart(name).inner_text()
    assert visit.asked == [three.as_uri()]


def test_the_first_screen_holds_question_and_answer(visit):
    for selector in ("h1", "#answer .headline", "#sure", "#beside", "#gone", "#hero svg"):
        box = visit.page.locator(selector).first.bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= 800, selector
    assert visit.page.locator("#answer .headline").inner_text().startswith("Supported for ")


def test_series_of_the_curves(visit):
    # Three trained models with three controls each: bands, fits and markers of all of them.
    assert visit.count("curves", "g[aria-label=area] path") == 12
    assert visit.count("curves", "g[aria-label=line] path") == 12
    lengths = {5, 11, 23}
    assert visit.count("curves", "g.hits > *") == 4 * sum(lengths)


def test_toggles(visit):
    visit.set("input[data-state=controls]", False)
    assert visit.count("curves", "g[aria-label=line] path") == 3
    assert visit.count("rates", "g.hits > *") == 3
    visit.set("input[data-state=bands]", False)
    assert visit.count("curves", "g[aria-label=area] path") == 0
    box = visit.page.locator("#models-shown input").first
    box.uncheck()
    assert visit.count("curves", "g[aria-label=line] path") == 2
    assert visit.page.locator("#n-models").inner_text() == "2 of 3"
    visit.page.locator("#all").click()
    assert visit.count("curves", "g[aria-label=line] path") == 3
    visit.page.locator("#none").click()
    assert "No usable values" in visit.chart("curves").inner_text()


def test_linear_and_log(visit):
    def heights():
        hits = visit.chart("curves").locator("g.hits > *")
        return [hits.nth(k).bounding_box()["y"] for k in (20, 21, 22, 23, 24)]

    # In the middle of a log scale an exponential falls evenly, on a linear one ever less.
    visit.set("input[data-state=controls]", False)
    before = heights()
    visit.page.locator("input[name=scale][value=linear]").check()
    assert heights() != before
    labels = (
        visit.chart("curves").locator("g[aria-label='y-axis tick label'] text").all_text_contents()
    )
    assert labels[0] == "0"


def test_relative_depth(visit):
    visit.set("input[data-state=relative]", True)
    assert "relative depth" in visit.chart("curves").inner_text()


def test_fits_off_joins_the_points(visit):
    first = "g[aria-label=line] path >> nth=-1"
    with_fit = visit.chart("curves").locator(f".plot svg {first}").get_attribute("d")
    visit.set("input[data-state=fits]", False)
    joined = visit.chart("curves").locator(f".plot svg {first}").get_attribute("d")
    assert with_fit.count("L") == 40 and joined.count("L") in (4, 10, 22)


def test_corpus_norm_and_view_change_the_charts(visit):
    for select, value in (("#norm", "tv"), ("#view", "drop"), ("#corpus", "news")):
        visit.page.locator(select).select_option(value)
        assert visit.count("rates", "g.hits > *") == 12
    assert "total variation" in visit.chart("curves").inner_text()
    # What is made for the primary norm alone says so.
    assert "primary norm" in visit.chart("variance").inner_text()
    assert "d, Frobenius norm" in visit.chart("hero").inner_text()  # the first screen stays


def test_laws_and_residuals(visit):
    laws = "g[aria-label=line] path"
    assert visit.count("laws", laws) == 2 * 3 * 5  # fits and residuals, models, laws
    visit.set("input[name=law][value=power]", False)
    assert visit.count("laws", laws) == 2 * 3 * 4
    rows = visit.page.locator("#laws tbody tr")
    assert rows.count() == 2 * 2 * 2 * 3 * 5


def test_values_at_the_pointer(visit):
    visit.set("input[data-state=controls]", False)
    figure = visit.chart("curves")
    hit = figure.locator("g.hits > *").first
    box = hit.bounding_box()
    visit.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tip = figure.locator("g[aria-label=tip]").text_content()
    cell = next(c for c in S.as_read(S.many_models(3)) if not c["control_of"])
    d = 2.718281828459045 ** cell["curve"][0]
    assert "minilm-l6" in tip and "layer pair 0" in tip
    assert float(re.search(r"d = ([\d.]+)", tip)[1]) == pytest.approx(d, rel=5e-4)
    assert float(re.search(r"λ = ([\d.]+)", tip)[1]) == pytest.approx(cell["lambda"], abs=5e-4)


@pytest.mark.parametrize("name", sorted(CHARTS))
def test_values_under_the_arrow_keys(visit, name):
    figure, said = visit.chart(name), visit.page.locator("#said")
    figure.focus()
    visit.page.keyboard.press("ArrowRight")
    one = said.text_content()
    visit.page.keyboard.press("ArrowRight")
    two = said.text_content()
    visit.page.keyboard.press("ArrowLeft")
    assert one and two and one != two and said.text_content() == one
    tip = figure.locator("g[aria-label=tip]").all_text_contents()
    assert one.split("\n")[0].split()[0] in "".join(tip), "the tip stands at the same point"
    outline = figure.evaluate("e => getComputedStyle(e).outlineStyle")
    assert outline == "solid"


def test_depth_and_covariates_and_heads_have_choices(visit):
    visit.page.locator("#quantity").select_option("drop_all")
    visit.page.locator("#against").select_option("parameters")
    text = visit.chart("depth").inner_text()
    assert "T (nats)" in text and "parameters" in text and "window artifact" in text
    visit.page.locator("#covariate").select_option("topic")
    assert "topic-0" in visit.chart("covariates").inner_text()
    visit.page.locator("#headModel").select_option("roberta-large-openai-detector")
    assert visit.count("heads", "g[aria-label=cell] rect") == 6 * 5


def test_tables_sort_and_filter(visit):
    cells = visit.page.locator("#cells")
    button = cells.locator("thead button", has_text="λ per layer")

    def rates():
        shown = cells.locator("tbody tr:visible td:nth-child(7)").all_inner_texts()
        return [float(text.split()[0].replace("−", "-")) for text in shown]

    visit.set("#with-controls", True)
    visit.set("#with-secondary", True)
    assert len(rates()) == 96
    button.click()
    assert rates() == sorted(rates())
    head = cells.locator("thead th", has_text="λ per layer")
    assert head.get_attribute("aria-sort") == "ascending"
    button.press("Enter")
    assert rates() == sorted(rates(), reverse=True)
    assert head.get_attribute("aria-sort") == "descending"
    visit.set("#with-controls", False)
    visit.set("#with-secondary", False)
    assert len(rates()) == 3 * 2 * 2
    visit.page.locator("#find-cell").fill("news roberta")
    assert len(rates()) == 2
    assert visit.page.locator("#n-cells").inner_text() == "2 of 96 rows"


def test_small_multiples_of_twenty_models(browser, twenty):
    with Visit(browser, twenty) as visit:
        names = visit.chart("curves").locator("g[aria-label=text] text").all_text_contents()
        assert len(names) == 20
        visit.page.locator("#chooser summary").click()
        visit.page.locator("#find-model").fill("e5")
        visit.page.locator("#none").click()  # of those that are shown
        assert visit.page.locator("#n-models").inner_text() == "15 of 20"
        visit.page.locator("select[name=lawsShow]").select_option("residuals")
        assert "ln d − law" in visit.chart("laws").inner_text()
        matrix = visit.page.locator("#matrix tbody tr")
        assert matrix.count() == 20 and matrix.first.locator("td").count() == 2
        assert visit.said == []


def luminance(color):
    """Relative luminance of WCAG 2 of "rgb(…)"."""
    parts = [int(v) / 255 for v in re.findall(r"\d+", color)[:3]]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
    return sum(w * v for w, v in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


CONTRAST = """() => {
  const ground = getComputedStyle(document.body).backgroundColor;
  const pick = (s, p) => [s, getComputedStyle(document.querySelector(s))[p]];
  return [ground, [
    pick('h1', 'color'), pick('.headline', 'color'), pick('.soft', 'color'), pick('#sure', 'color'),
    pick('#hero svg', 'color'), pick('td.v.supported', 'color'), pick('td.v.rejected', 'color'),
    pick('td.v.decays', 'color'), pick('summary', 'color')]];
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark_can_be_read(browser, three, scheme):
    with Visit(browser, three, color_scheme=scheme) as visit:
        visit.chart("hero")
        ground, texts = visit.page.evaluate(CONTRAST)
        assert (luminance(ground) < 0.05) == (scheme == "dark")
        for what, color in texts:
            light, dark = sorted((luminance(ground), luminance(color)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (what, color)  # WCAG 2 AA for text


@pytest.mark.parametrize("width", [400, 1280])
def test_nothing_is_wider_than_the_screen(browser, three, width):
    with Visit(browser, three, viewport={"width": width, "height": 800}) as visit:
        for name in CHARTS:
            visit.chart(name)
        assert visit.page.evaluate("document.documentElement.scrollWidth") == width
        assert visit.said == []


def test_paper(browser, three):
    with Visit(browser, three, color_scheme="dark") as visit:
        visit.page.emulate_media(media="print", color_scheme="dark")
        assert not visit.page.locator("#tools").is_visible()
        ground = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == "rgb(255, 255, 255)"
        assert visit.page.pdf(format="A4").startswith(b"%PDF")
        for name in CHARTS:  # also those that nobody has scrolled to
            assert visit.page.locator(f'figure[data-chart="{name}"] svg').count() > 0, name
        assert visit.said == []


def test_without_scripts_the_words_and_the_numbers_stand(browser, three):
    with Visit(browser, three, java_script_enabled=False) as visit:
        assert visit.page.locator("#answer .headline").is_visible()
        picture = visit.page.locator("#hero img")
        assert picture.is_visible() and picture.evaluate("e => e.naturalWidth") > 300
        assert visit.page.locator("#cells tbody tr").count() == 96
        assert not visit.page.locator("#tools").is_visible()


def test_every_control_has_a_name(visit):
    unnamed = visit.page.evaluate(
        """() => [...document.querySelectorAll('select, input, button, summary')].filter(e =>
          !(e.labels?.length || e.textContent.trim() || e.getAttribute('aria-label')))
          .map(e => e.outerHTML)"""
    )
    assert unnamed == []
    roles = visit.page.locator("figure.chart").first.aria_snapshot()
    assert "group" in roles and "Arrow keys read the values" in roles
