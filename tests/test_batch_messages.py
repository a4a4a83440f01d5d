"""What a batch says of a country that it cannot build."""

import json
import re
import sys
import threading
from concurrent.futures import Future
from unittest.mock import Mock

import pytest

from livingbrief.book.prose import Prose
from livingbrief.book.sentences import Page
from livingbrief.errors import InputError
from livingbrief.files import write_json
from livingbrief.paths import project_root
from livingbrief.run import batch
from livingbrief.run.batch import Annex, build_country, write_comparison
from remitrisk.brief import BRIEF
from tests import recorded
from tools.holes import main


def test_a_wrong_code_is_answered_with_a_suggestion_and_no_list_of_codes(tmp_path):
    asked = (str(project_root()), "current", (), "KGX", str(tmp_path), False)
    code, message = build_country(*asked)
    assert code == 2 and "Did you mean" in message
    assert message.endswith(" economies are served")


def test_the_page_says_why_a_country_is_not_served_and_prints_no_line_of_python(tmp_path):
    line = "notebook notebooks/one.ipynb, cell 3: ValueError: no\n---> 4 int(x)"
    annexes = [
        Annex("XXX", "XXX", False, "edition 'current': country=XXX cannot be served.", True),
        Annex("NPL", "Nepal", False, line),
    ]
    write_comparison(tmp_path, annexes, BRIEF)
    page = (tmp_path / "index.html").read_text()
    assert "not built: edition &#39;current&#39;: country=XXX cannot be served." in page
    assert "ValueError" not in page and "int(x)" not in page
    assert (
        page.count("not built: its build failed; summary.json says where, and remitrisk build") == 1
    )
    assert "--set country=NPL repeats it alone" in page
    assert '<meta http-equiv="Content-Security-Policy" content="default-src' in page
    assert json.loads((tmp_path / "summary.json").read_text())[1]["why"] == line


def entry(value, text="", interval=None, status="final"):
    about = {"value": value, "unit": "percent", "text": text or f"{value}%", "notebook": "n"}
    cited = [{"source": "A", "vintage": ""}]
    return about | {"interval": interval, "level": 0.95, "status": status, "sources": cited}


def annex_of(folder, code, share, gross, real, gap):
    missing = entry(None, "not available", status="no_data")
    flows = {
        f"remittances.{f}.growth_pct.{y}": missing for f in ("net", "rub") for y in (2020, 2022)
    }
    results = flows | {
        "remittances.gross.pct_gdp.2023": entry(share),
        "remittances.gross.pct_gdp.2024": missing,
        "shock.benchmark.gross.effect_pct.2020": entry(gap, interval=[gap - 3, gap + 3]),
    }
    for year in (2020, 2022):
        results[f"remittances.gross.growth_pct.{year}"] = entry(gross)
        results[f"remittances.real_som.growth_pct.{year}"] = entry(real)
    (folder / code).mkdir()
    (folder / code / "results.json").write_text(json.dumps(results))
    write_json(folder / code / "book.json", recorded.book(vintages={"b": "2026-04-01"}))
    return Annex(code, f"Land {code}", True, "")


def test_the_same_claims_are_judged_in_each_country(tmp_path):
    annexes = [
        annex_of(tmp_path, "AAA", 2.0, gross=-9.0, real=-8.0, gap=-5.0),
        annex_of(tmp_path, "BBB", 30.0, gross=9.0, real=-8.0, gap=1.0),
        annex_of(tmp_path, "CCC", 10.2, gross=9.0, real=8.0, gap=1.0),
    ]
    write_comparison(tmp_path, annexes, BRIEF, ("b", "a bank"))
    page = (tmp_path / "index.html").read_text()
    assert re.findall(r">(Land \w+)</a>", page) == ["Land AAA", "Land BBB", "Land CCC"]
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert [[*annex["claims"].values()] for annex in summary] == [
        ["fails", "holds", "holds", "holds"],
        ["holds", "near", "near", "fails"],
        ["near", "fails", "fails", "fails"],
    ]
    assert main([str(tmp_path / "index.html")]) == 0


def never(root, edition, asked, **how):
    """Build a country; of one of them, never end."""
    write_json(how["output"] / "results.json", {})
    if "country=TJK" in asked:
        threading.Event().wait()


def test_a_country_that_hangs_is_named_and_the_others_are_built(monkeypatch, tmp_path):
    monkeypatch.setattr(batch, "build", never)
    monkeypatch.setattr(batch, "LONGEST", 6.0)
    monkeypatch.setattr(batch, "write_comparison", Mock())
    said = []
    batch.batch(project_root(), ["TJK", "UZB", "KGZ"], output=tmp_path / "out", say=said.append)
    assert said[-1] == "3 of 3, TJK: failed: it had not ended after 0.1 minutes"
    assert {line[-10:] for line in said[:2]} == {"UZB: built", "KGZ: built"}


@pytest.mark.parametrize("back", [False, True])
def test_a_cluster_without_workers_is_left_after_a_while(monkeypatch, back):
    monkeypatch.setattr(batch, "WAIT_SECONDS", 0.2)
    done, waiting = Future(), Future()
    done.set_result((0, ""))
    if back:
        threading.Timer(0.5, waiting.set_result, [(0, "")]).start()
    ended = dict(batch._outcomes([done, waiting], lambda: int(back)))
    assert ended[done] == (0, ""), "what is done stays"
    lost = (1, "no Dask worker was left, and none came in 0 s")
    assert ended[waiting] == ((0, "") if back else lost)


def test_a_cluster_without_dask_is_refused_with_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    workers = batch._pool(1, "tcp://127.0.0.1:9")
    with pytest.raises(InputError, match=r"pip install 'remitrisk\[cluster\]'"):
        workers.__enter__()


def test_a_country_report_that_looks_back_speaks_of_no_verdict():
    asked = {"narrative": False, "known_at": "2023-06-30", "long_date": str, "twice": False}
    asked |= {"vintages": Mock(), "datasets": str}
    text = (project_root() / "book" / "country" / "about.md").read_text("utf-8")
    told = Page(Prose({}, asked)).fill(text)
    assert "grey" in told and not re.search("verdict|claim", told, re.IGNORECASE)
