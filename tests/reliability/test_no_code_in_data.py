"""Nothing that is read from a file, a database or the network is run: no such reader is used anywhere."""

import ast
from pathlib import Path

import pytest
from scrapy.settings import Settings

ROOT = Path(__file__).parents[2]
MODULES = sorted(path for name in ("cleaning", "storage", "crawler") for path in (ROOT / name).rglob("*.py"))

READERS = {
    "pickle",
    "cPickle",
    "marshal",
    "shelve",
    "dill",
    "cloudpickle",
    "joblib",
    "yaml",
    "ruamel",
    "code",
    "codeop",
}
"""Modules whose data is code, or may be."""
RUNNERS = {"eval", "exec", "compile", "__import__", "execfile"}
RUNNING_METHODS = {"read_pickle", "to_pickle", "load_module", "run_path", "literal_eval", "system", "popen"}


def what_runs_data(tree: ast.AST) -> list[str]:
    """Uses of anything that runs what it reads, as ``line: name``."""
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.Import(names):
                found += [(node.lineno, name.name) for name in names if name.name.partition(".")[0] in READERS]
            case ast.ImportFrom(module=str(module)) if module.partition(".")[0] in READERS and not node.level:
                found.append((node.lineno, module))
            case ast.Call(func=ast.Name(name)) if name in RUNNERS:
                found.append((node.lineno, name))
            case ast.Call(func=ast.Attribute(attr=name)) if name in RUNNING_METHODS:
                found.append((node.lineno, name))
            case ast.keyword(arg="shell"):
                found.append((node.value.lineno, "shell"))
    return [f"{line}: {name}" for line, name in found]


@pytest.mark.parametrize("package", ["cleaning", "storage", "crawler"])
def test_nothing_is_read_that_may_be_code(package: str) -> None:
    found = {
        str(path.relative_to(ROOT)): uses
        for path in MODULES
        if path.is_relative_to(ROOT / package) and (uses := what_runs_data(ast.parse(path.read_text("utf-8"))))
    }
    assert found == {}


def test_the_scan_finds_what_it_looks_for() -> None:
    text = "import pickle\nfrom yaml import load\neval(x)\npandas.read_pickle(f)\nrun(c, shell=True)\nre.compile('a')"
    uses = what_runs_data(ast.parse(text))
    assert sorted(uses) == ["1: pickle", "2: yaml", "3: eval", "4: read_pickle", "5: shell"]


def test_scrapy_keeps_nothing_between_runs() -> None:
    """Its queues and its cache are pickles."""
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    assert settings["JOBDIR"] is None
    assert not settings.getbool("HTTPCACHE_ENABLED")
    assert not settings.getbool("TELNETCONSOLE_ENABLED")
    assert "FEEDS" not in settings or not settings["FEEDS"]


def test_what_is_shipped_as_data_is_text() -> None:
    suffixes = {path.suffix for name in ("cleaning", "storage", "crawler") for path in (ROOT / name).rglob("*.*")}
    assert not suffixes & {".pkl", ".pickle", ".joblib", ".npy", ".npz", ".pt", ".bin", ".so", ".whl"}
