"""Files of what a user knows of single sites, read strictly."""

import re
from pathlib import Path

import pytest
from site_file import sites

from cleaning import SitesError, load_sites


def test_a_folder_is_its_files(tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / f"{name}.toml").write_text(f'[[site]]\ndomain = "{name}.example"\n')
    assert sorted(load_sites(tmp_path).by_domain) == ["a.example", "b.example"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[[site]]\ndomian = "a.example"', "unknown key 'domian'; did you mean 'domain'?"),
        ('[[site]]\ndomain = "a"', "needs a domain"),
        ('[[sites]]\ndomain = "a.example"', "did you mean 'site'?"),
        ('[[site]]\ndomain = "a.example"\nremove = ["div >> p"]', "selector 'div >> p'"),
        ('[[site]]\ndomain = "a.example"\ntitle = "//h1["', "a.example: title: selector '//h1['"),
        ('[[site]]\ndomain = "a.example"\nremove = ".x"', "must be a list"),
        ('[[site]]\ndomain = "a.example"\n[[site.drop]]\npattern = "("', "a.example: drop: pattern '('"),
        ('[[site]]\ndomain = "a.example"\n[[site.drop]]\ndrops = ["x"]', "pattern must be a non-empty string"),
        ('[[site]]\ndomain = "a.example"\n[[site.drop]]\npattern = "x"\nharvest = "editor"', "did you mean 'editors'?"),
        ("[[site]", "sites.toml: "),
    ],
)
def test_a_wrong_file_is_refused_with_a_sentence(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(SitesError, match=re.escape(says)) as refused:
        sites(tmp_path, text)
    assert "sites.toml" in str(refused.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SitesError, match=r"none\.toml"):
        load_sites(tmp_path / "none.toml")
