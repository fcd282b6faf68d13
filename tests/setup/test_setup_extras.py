"""Nothing needs an extra: what wants one is loaded where it is used, and says what is missing."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.setup.kit import ROOT, environment

#: Extra → the package by the name under which it is imported.
PACKAGES = {"email": "aiosmtplib", "xlsx": "python_calamine"}


def test_the_extras_are_those_that_are_promised() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set(project["optional-dependencies"]) == {*PACKAGES, "all"}
    base = " ".join(project["dependencies"]).replace("-", "_")
    assert not [package for package in PACKAGES.values() if package in base]


def _loaded_at_once(tree: ast.Module) -> set[str]:
    """What a module imports when it is imported: not inside a function, and not for types alone."""
    found: set[str] = set()

    def walk(node: ast.AST) -> None:
        for one in ast.iter_child_nodes(node):
            if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                continue
            if isinstance(one, ast.If) and "TYPE_CHECKING" in ast.unparse(one.test):
                continue
            if isinstance(one, ast.Import):
                found.update(alias.name.split(".")[0] for alias in one.names)
            if isinstance(one, ast.ImportFrom) and one.module:
                found.add(one.module.split(".")[0])
            walk(one)

    walk(tree)
    return found


def test_no_module_loads_an_extra_with_itself() -> None:
    sources = [path for top in ("bot", "storage") for path in (ROOT / top).rglob("*.py")]
    assert len(sources) > 300
    for path in sources:
        assert not _loaded_at_once(ast.parse(path.read_text(encoding="utf-8"))) & set(PACKAGES.values()), path


def test_a_workbook_without_the_extra_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "book.xlsx").write_bytes(b"PK")
    program = (
        "import sys; sys.modules['python_calamine'] = None\n"
        "from pathlib import Path; from bot.setup.workbook import WorkbookError, taken_apart\n"
        "try: taken_apart(Path('book.xlsx'), Path('.'))\n"
        "except WorkbookError as told: print(told.fault.what, told.fault.fix)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("Reading a workbook needs one package more.")
    assert 'pip install "pilotlight[xlsx]"' in done.stdout
