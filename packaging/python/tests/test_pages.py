"""What the pages of documentation show works as it stands there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def blocks(page):
    return re.findall(r"```python[^\n]*\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)


@pytest.mark.parametrize("page", ["docs/how-to/test-from-python.md", "packaging/python/README.md"])
def test_the_tests_of_a_page_pass(page, tmp_path):
    shown = [block for block in blocks(page) if "def test_" in block]
    assert shown
    (tmp_path / "test_shown.py").write_text("\n".join(shown))
    subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "."], cwd=tmp_path, check=True)


def test_a_sandbox_of_ones_own_is_as_the_page_shows_it():
    (shown,) = [block for block in blocks("docs/how-to/test-from-python.md") if "strict=True" in block]
    subprocess.run([sys.executable, "-c", shown], check=True)


def test_the_other_side_does_what_the_readme_shows():
    (shown,) = [block for block in blocks("packaging/python/README.md") if "inject_fault" in block]
    begin = 'import restante\nwith restante.Sandbox("MINE", "YOURS") as mesh:\n'
    first = '    message_id = mesh.send("MINE", "YOURS", example="letter")\n'
    indented = "".join(f"    {line}\n" for line in shown.splitlines())
    subprocess.run([sys.executable, "-c", begin + first + indented], check=True)
