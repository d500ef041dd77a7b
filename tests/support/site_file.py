"""The site file that the documentation has as its example, and any other, loaded."""

import re
from pathlib import Path

from cleaning import Sites, load_sites

DOCS = (Path(__file__).parents[2] / "docs" / "rules.md").read_text("utf-8")

EXAMPLE = re.findall(r"```toml\n(.*?)```", DOCS, re.DOTALL)[0]


def sites(tmp_path: Path, text: str = EXAMPLE) -> Sites:
    path = tmp_path / "sites.toml"
    path.write_text(text, "utf-8")
    return load_sites(path)
