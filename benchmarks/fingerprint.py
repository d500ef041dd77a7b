"""Hash what the cleaner makes of every page in a folder, and compare with the hashes of an earlier version.

A change that should not alter any result (moved modules, new names, faster code) leaves every hash as it was:

    git switch --detach main~1 && python benchmarks/fingerprint.py PAGES --write /tmp/before.txt
    git switch main && python benchmarks/fingerprint.py PAGES --compare /tmp/before.txt

A hash covers the whole result: each field of the article, each removal with its rule, or the outcome of a page that
holds no article. The exit code is 1 if any hash differs.
"""

import argparse
import gzip
import hashlib
import json
import os
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

from cleaning import NotAnArticleError, clean_and_explain


def find_pages(folder: Path) -> list[tuple[Path, str | None]]:
    """Find the pages of a folder with their URLs: as MANIFEST.json lists them, or else every HTML file.

    A manifest is ``{"pages": [{"path": ..., "url": ...}]}`` with paths relative to the folder.
    """
    manifest = folder / "MANIFEST.json"
    if manifest.is_file():
        return [(folder / page["path"], page.get("url")) for page in json.loads(manifest.read_text("utf-8"))["pages"]]
    return [(path, None) for path in sorted((*folder.rglob("*.html"), *folder.rglob("*.html.gz")))]


def hash_result(path: Path, url: str | None) -> str:
    """Clean a page and return the SHA-256 of the result in hexadecimal."""
    page = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    try:
        result: Any = asdict(clean_and_explain(page, url))
    except NotAnArticleError as error:
        result = {"outcome": error.reason, "error": str(error)}
    return hashlib.sha256(
        json.dumps(result, sort_keys=True, default=_to_json).encode("utf-8", "backslashreplace")
    ).hexdigest()


def hash_folder(folder: Path) -> Iterator[str]:
    """Yield a line for each page: the hash of its result, two spaces, its path within the folder."""
    paths, urls = zip(*find_pages(folder), strict=True)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for path, digest in zip(paths, pool.map(hash_result, paths, urls, chunksize=8), strict=True):
            yield f"{digest}  {path.relative_to(folder).as_posix()}"


def _to_json(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else str(value)


def main() -> int:
    """Print the hashes of a folder, write them to a file, or compare them with a file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("pages", type=Path, help="a folder of pages, with or without a MANIFEST.json")
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--write", type=Path, metavar="FILE", help="write the hashes to FILE")
    output.add_argument("--compare", type=Path, metavar="FILE", help="list the pages whose hash differs from FILE")
    options = parser.parse_args()
    lines = list(hash_folder(options.pages))
    if options.write:
        options.write.write_text("\n".join(lines) + "\n", "utf-8")
    elif options.compare:
        before = set(options.compare.read_text("utf-8").splitlines())
        changed = [line for line in lines if line not in before]
        print("\n".join((*changed, f"{len(changed)} of {len(lines)} pages changed")))
        return 1 if changed else 0
    else:
        print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
