"""Link headers as servers write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.parsers.link_header import HeaderLink, parse_link_header


@pytest.mark.parametrize(
    ("header", "links"),
    [
        ("", ()),
        ("nonsense", ()),
        ("</a>", (HeaderLink("/a", ()),)),
        ("</a>;rel=Alternate;type='x'", (HeaderLink("/a", ("alternate",), "'x'"),)),
        (
            '</a,b;c>; rel="alternate feed"; title="A, B; C"',
            (HeaderLink("/a,b;c", ("alternate", "feed"), "", "A, B; C"),),
        ),
        ('</a>; rel="alternate"; type="Text/XML; charset=utf-8"', (HeaderLink("/a", ("alternate",), "text/xml"),)),
        ("</a>; rel=x; rel=y, </b> ; REL = z", (HeaderLink("/a", ("x",)), HeaderLink("/b", ("z",)))),
    ],
)
def test_links(header: str, links: tuple[HeaderLink, ...]) -> None:
    assert parse_link_header(header) == links


@given(st.text(alphabet='</>;,=" ar', max_size=200))
def test_never_raises(header: str) -> None:
    parse_link_header(header)
