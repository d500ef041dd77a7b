"""An article of three paragraphs, as lines for the steps of the cleaner."""

from cleaning.article import BlockKind
from cleaning.lines.line import KnownMetadata, Line

A = "The council of Velden Bay voted on Tuesday to rebuild the northern dyke before the next storm season begins."

B = "Eleven of its fifteen members backed the plan, which will cost about a third of what the town collects in a year."

C = "Work is to begin in April with the stretch beside the fish market, where the water came over the top twice."

BANNER = (
    "This website uses cookies to improve your experience. We'll assume you're ok with this, "
    "but you can opt-out if you wish. Accept Read More"
)

UNKNOWN = KnownMetadata()


def lines(*texts: str, linked: bool = False, kind: BlockKind = BlockKind.PARAGRAPH) -> tuple[Line, ...]:
    return tuple(Line(text, kind, linked) for text in texts)


def texts(found: tuple[Line, ...]) -> list[str]:
    return [line.text for line in found]
