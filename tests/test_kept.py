"""What is the same in each annex is computed once, and never read where it is not as written."""

import numpy as np
import pandas as pd
import pytest

from livingbrief.kept import FOLDER, kept

calls = []


@kept
def doubled(frame, times=2):
    calls.append(times)
    return frame * times


@pytest.fixture
def folder(monkeypatch, tmp_path):
    calls.clear()
    monkeypatch.setenv(FOLDER, str(tmp_path / "kept"))
    return tmp_path / "kept"


def frame(first=1.5):
    return pd.DataFrame({"value": [first, np.nan]}, index=["A", "B"])


def test_the_same_is_computed_once_and_comes_back_as_it_was(folder):
    first, again = doubled(frame()), doubled(frame())
    pd.testing.assert_frame_equal(first, frame() * 2)
    pd.testing.assert_frame_equal(first, again)
    assert calls == [2]
    assert len([*folder.iterdir()]) == 1


@pytest.mark.parametrize("other", [{"frame": frame(1.5000001)}, {"frame": frame(), "times": 3}])
def test_anything_else_is_computed(folder, other):
    doubled(frame())
    pd.testing.assert_frame_equal(doubled(**other), other["frame"] * other.get("times", 2))
    assert len(calls) == 2


@pytest.mark.parametrize("damage", [lambda b: b[:-1], lambda b: b[:40] + b"?" + b[41:]])
def test_what_was_damaged_is_computed_anew(folder, damage):
    doubled(frame())
    (path,) = folder.iterdir()
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    pd.testing.assert_frame_equal(doubled(frame()), frame() * 2)
    assert calls == [2, 2]
    assert path.read_bytes() == whole


def test_without_a_folder_nothing_is_kept(folder, monkeypatch):
    monkeypatch.delenv(FOLDER)
    doubled(frame())
    doubled(frame())
    assert calls == [2, 2]
    assert not folder.exists()
