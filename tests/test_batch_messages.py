"""What a batch says of a country that it cannot build."""

import subprocess

from remitrisk.editions import load_edition
from remitrisk.errors import InputError
from remitrisk.paths import project_root
from remitrisk.pipeline.batch import build_country


def test_a_wrong_code_is_answered_with_a_suggestion_and_no_list_of_codes(monkeypatch):
    def refused(command, **_):
        try:
            load_edition(project_root(), "current", ["country=KGX"])
        except InputError as error:
            return subprocess.CompletedProcess(command, 2, "", f"error: {error}\n")

    monkeypatch.setattr(subprocess, "run", refused)
    code, message = build_country(".", "current", (), "KGX", "out", False)
    assert code == 2 and "Did you mean" in message
    assert message.endswith(" economies are served.")
