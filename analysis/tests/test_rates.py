"""λ_s of single texts: the definition of the rates, and that their mean is the cell's λ."""

import json

import numpy as np
import pytest
import synthetic as S
import synthetic_run as R

import attnsweep
from attnsweep.errors import UsageError
from attnsweep.rates import rates

MODEL, CORPUS = "minilm-l6", R.CORPUS


def test_the_rate_is_the_slope_of_least_squares():
    values = np.random.default_rng(3).uniform(0.2, 3.0, (6, 7))
    slopes = [np.polyfit(np.arange(7), np.log(row), 1)[0] for row in values]
    np.testing.assert_allclose(rates(values, None, 3), -np.array(slopes), rtol=1e-9)


def test_a_row_with_one_bad_value_is_left_out_whole():
    values = np.exp(-0.5 * np.arange(5)) * np.ones((5, 1))
    values[1, 2], values[2, 0], values[3, 4] = 0.0, np.nan, 3e-7
    floors = np.full((5, 5), 1e-7)
    found = rates(values, floors, 3)  # the last value of row 3 is exactly at three floors
    np.testing.assert_allclose(found[[0, 4]], 0.5)
    assert np.isnan(found[1:4]).all()
    assert np.isfinite(rates(values, floors, 2.9)[3])


def test_one_pair_has_no_rate():
    assert np.isnan(rates(np.ones((3, 1)), None, 3)).all()


@pytest.fixture
def run(tmp_path):
    """A run whose summary has the λ of its own rows."""
    values = R.rows_of(MODEL, 5, 2)["values"]
    whole = np.isfinite(values).all(axis=1)
    cells = [S.cell(MODEL, np.exp(np.log(values[whole]).mean(axis=0)))]
    return attnsweep.open_run(R.make_run(tmp_path / "run", cells))


def test_the_mean_over_texts_is_lambda(run):
    found = run.text_rates(MODEL, CORPUS)
    assert list(found.columns) == ["sequence", "document", "n_tokens", "rate"]
    assert list(found.sequence) == R.rows_of(MODEL, 5, 2)["ids"]
    assert found.rate.isna().sum() == 1  # the one that was too short
    assert found.rate.mean() == pytest.approx(run.fits()["lambda"][0], rel=1e-12)


def test_a_sample_is_evenly_spaced(run):
    whole, some = run.text_rates(MODEL, CORPUS), run.text_rates(MODEL, CORPUS, at_most=4)
    assert list(some.index) == [0, 1, 2, 3]
    assert list(some.sequence) == list(whole.sequence[[0, 3, 6, 9]])
    np.testing.assert_array_equal(some.rate, whole.rate[[0, 3, 6, 9]])


def test_only_the_usable_pairs_count(run):
    file = run.path / "summary.json"
    raw = json.loads(file.read_text())
    raw["options"]["burn_in"] = 2
    raw["cells"][0]["curve"] = raw["cells"][0]["curve"][2:4]
    file.write_text(json.dumps(raw))
    found = attnsweep.open_run(run.path).text_rates(MODEL, CORPUS).rate
    values = R.rows_of(MODEL, 5, 2)["values"]
    np.testing.assert_allclose(found, np.log(values[:, 2] / values[:, 3]), rtol=1e-9)


def test_an_unknown_cell(run):
    with pytest.raises(UsageError, match="no cell .*'tv'"):
        run.text_rates(MODEL, CORPUS, "tv")
