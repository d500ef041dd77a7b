"""Mark text that no editor wrote for readers: scripts, shortcodes of a CMS, and notices in front of embedded content.

It stands in ordinary paragraphs, because something on the server or in the browser did not do its work.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from cleaning.article import BlockKind, Removal
from cleaning.content.blocks import Container, PageBlock
from cleaning.lines.normalization import fold_case
from cleaning.lines.prose import has_reported_speech, is_prose
from cleaning.resources import load_toml

MAX_NOTICE_CHARACTERS = 400
"""Characters of the longest paragraph of a notice."""
MAX_LINK_CHARACTERS = 50
"""Characters of the longest link that can be the label of embedded content."""
MAX_BOX_CHARACTERS = 700
"""Characters of the largest box that goes with the notice in it."""

# Calls that only ad and analytics scripts make; the text of the paragraph must also begin and end as code does.
_SCRIPT_CALL = re.compile(
    r"\b(?:googletag|adsbygoogle|_taboola|dataLayer|gtag|fbq|apstag|OA_show|pbjs|_gaq|_paq|jQuery|document\.(?:write|getElement"
    r"|createElement|querySelector|addEventListener)|window\.\w+|\$\(document\))|\bfunction\s*\w*\([^()]{0,500}\)\s*\{"
)
_SCRIPT_START = re.compile(r"[\w$.]+\s*[=.(\[{]|[(!\[{;]|(?:var|let|const|if|function|try)\b")
# A sentence on scripts can name one and end with a bracket; only code has these.
_CODE = re.compile(r"[{}=]|\);")
_SCRIPT_ENDS = (";", "}", ")", "]", "-->", "*/")
# A shortcode has attributes or is closed: "[sic]" and "[Editor's note]" are words of the text. The repetitions are
# possessive, and none goes across another bracket: 40 attributes without the closing bracket once took forever.
_SHORTCODE = re.compile(
    r"\[/?[a-z][\w-]*+(?:\s++[\w-]++\s*+=\s*+(?:(?:\"[^\"\[]*+\"|'[^'\[]*+'|[“”][^”\[]*+”|&quot;[^&\[]*+&quot;)(?=[\s/\]])"
    r"|[^\s\[\]]++))++\s*+/?+\]"
    r"|\[/[a-z][\w-]*+\]|\[(?:gallery|embed|adrotate|ad|ads|vc_\w++|et_pb_\w++)(?:\s[^\[\]]*+)?+\]",
    re.IGNORECASE,
)
_CAPTION_CODE = re.compile(r"\[caption\b", re.IGNORECASE)


def mark_stray_text(blocks: Sequence[PageBlock]) -> None:
    """Set ``removal`` on blocks of script text, shortcodes and notices, and cut shortcodes out of other blocks."""
    for block in blocks:
        if block.removal is not None or block.kind is BlockKind.CODE:
            continue
        if "[" in block.text:
            _cut_shortcodes(block)
        if block.text.endswith(_SCRIPT_ENDS) and _is_script(block.text):
            block.removal = Removal("drop_stray_text", "script", block.text)
    _mark_notices(blocks)


def _cut_shortcodes(block: PageBlock) -> None:
    """Cut the shortcodes out of a block; the text inside ``[caption]`` is the caption of a picture."""
    rest = " ".join(_SHORTCODE.sub(" ", block.text).split())
    if rest == block.text or (block.kind is BlockKind.TABLE):
        return
    if not any(map(str.isalnum, rest)):
        block.removal = Removal("drop_stray_text", "shortcode", block.text)
        return
    if _CAPTION_CODE.match(block.text):
        block.kind = BlockKind.CAPTION
    block.text = rest
    block.links, block.emphasis = min(block.links, len(rest)), min(block.emphasis, len(rest))


def _is_script(text: str) -> bool:
    return all((_SCRIPT_START.match(text), _CODE.search(text), _SCRIPT_CALL.search(text)))


def _mark_notices(blocks: Sequence[PageBlock]) -> None:
    """Set ``removal`` on notices in front of embedded content, with all else in their box."""
    # The longer texts that are links are titles.
    texts = (
        b for b in blocks if b.removal is None and (b.links < len(b.text) / 2 or len(b.text) <= MAX_LINK_CHARACTERS)
    )
    candidates = [
        block for block in texts if len(block.text) <= MAX_NOTICE_CHARACTERS and _is_notice(block.text, in_box=True)
    ]
    if not candidates:
        return
    sizes = _measure_parents(blocks)
    # A box with half of the prose is the article.
    prose = sum(len(block.text) for block in blocks if block.removal is None and is_prose(block.text))
    max_box = min(MAX_BOX_CHARACTERS, prose // 2)
    places = [(block, _find_box(block, sizes, max_box)) for block in candidates]
    notices = [(block, box) for block, box in places if _is_notice(block.text, in_box=box is not None)]
    boxes = {box for _, box in notices} - {None}
    marked = {block for block, _ in notices}
    for block in blocks:
        if block.removal is None and (block in marked or block.container in boxes or block.container.parent in boxes):
            block.removal = Removal("drop_stray_text", "embed-notice", block.text)


def _is_notice(text: str, in_box: bool) -> bool:
    """Return whether a text is a label or a sentence in front of embedded content.

    Args:
        text: the text of a block.
        in_box: whether it is in a box with little else, where the name of a platform stands for content from outside.
    """
    patterns = _load_patterns()
    low = fold_case(text)
    if patterns.labels.fullmatch(low.strip(" .:!")):
        return True
    is_outside = patterns.outside.search(low) or (in_box and patterns.platforms.search(low))
    if not (is_outside and patterns.show.search(low) and patterns.data.search(low)):
        return False
    return not has_reported_speech(text)


def _find_box(block: PageBlock, sizes: Counter[Container], max_characters: int) -> Container | None:
    """Return the element around a notice if it holds little else; ``None`` if the article is around it."""
    parent = block.container.parent
    if parent is None or parent.tag in ("body", "article", "main") or sizes[parent] > max_characters:
        return None
    return parent


def _measure_parents(blocks: Sequence[PageBlock]) -> Counter[Container]:
    """Return the characters in the element around each block's own one, and in the one around that."""
    sizes: Counter[Container] = Counter()
    for block in blocks:
        container = block.container.parent
        while container is not None and sizes[container] <= MAX_BOX_CHARACTERS:
            sizes[container] += len(block.text)
            container = container.parent
    return sizes


@dataclass(frozen=True, slots=True)
class _NoticePatterns:
    """The patterns of ``rules/embeds.toml``."""

    labels: re.Pattern[str]
    platforms: re.Pattern[str]
    outside: re.Pattern[str]
    show: re.Pattern[str]
    data: re.Pattern[str]


@cache
def _load_patterns() -> _NoticePatterns:
    """Return the patterns of notices; the file is read once per process."""
    table = load_toml("embeds")
    lists = {"labels": table["labels"], "platforms": table["platforms"], **table["signals"]}
    return _NoticePatterns(
        **{name: re.compile("|".join(f"(?:{each})" for each in patterns)) for name, patterns in lists.items()}
    )
