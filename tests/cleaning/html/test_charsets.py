"""The names of charsets."""

import codecs

from cleaning.html.charsets import find_codec
from cleaning.resources import load_toml


def test_every_label_names_a_codec_and_each_once() -> None:
    tables = load_toml("charsets")["codecs"]
    labels = [label for names in tables.values() for label in names.split()]
    assert len(labels) == len(set(labels))
    assert all(codecs.lookup(codec) for codec in tables)
    assert all(find_codec(label.upper()) == codec for codec, names in tables.items() for label in names.split())
