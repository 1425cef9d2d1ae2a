#!/usr/bin/env python3
"""The example's corpus: Debian's fortunes as corpora/fortunes.jsonl.gz.

Fifteen thousand short English texts from the packages fortunes and fortunes-min. Each file is a
category ("art", "computers", ...) and becomes one document: texts of one category are not
independent of each other. A record is

    {"id": "art/12", "document": "art", "topic": "art", "text": "..."}

numbered from 1 within its category. Same packages, same bytes. Needs only the standard library.
"""

import argparse
import gzip
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PACKAGES = ("fortunes", "fortunes-min")


def text_files(directory):
    """The files with texts: of `directory`, or else exactly those of the two packages, so that
    other fortunes on the machine (other languages) change nothing."""
    if directory:
        names = [str(path) for path in pathlib.Path(directory).iterdir()]
    else:
        try:
            listing = subprocess.run(
                ["dpkg-query", "-L", *PACKAGES], capture_output=True, text=True, check=True
            ).stdout
        except (OSError, subprocess.CalledProcessError):
            sys.exit(
                "make_fortunes.py: Debian's packages fortunes and fortunes-min are not installed; "
                "install them, or name a folder with fortune files: --directory DIR"
            )
        names = [name for name in listing.splitlines() if "/games/fortunes/" in name]
    # *.dat are indices, *.u8 links to the files themselves, folders hold the offensive texts.
    return sorted(
        path
        for path in map(pathlib.Path, names)
        if path.is_file() and not path.is_symlink() and path.suffix not in (".dat", ".u8")
    )


def texts(path):
    """The texts of one file: they are separated by lines that hold only a percent sign."""
    lines = []
    for line in [*path.read_text(encoding="utf-8").split("\n"), "%"]:
        if line.rstrip() != "%":
            lines.append(line)
            continue
        text = "\n".join(lines).strip()
        lines = []
        if text:
            yield text


def records(paths):
    for path in paths:
        for number, text in enumerate(texts(path), start=1):
            yield {
                "id": f"{path.name}/{number}",
                "document": path.name,
                "topic": path.name,
                "text": text,
            }


def write(output, items):
    """Writes beside the output and renames, so that an interrupted call leaves nothing half."""
    output.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    descriptor, temporary = tempfile.mkstemp(dir=output.parent, prefix=f".{output.name}.")
    try:
        with os.fdopen(descriptor, "wb") as raw:
            # Neither time nor name in the header: the bytes depend on the texts alone.
            with gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as packed:
                for item in items:
                    packed.write(json.dumps(item, ensure_ascii=False).encode("utf-8") + b"\n")
                    count += 1
        os.chmod(temporary, 0o644)
        os.replace(temporary, output)
    except BaseException:
        os.unlink(temporary)
        raise
    return count


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--directory", help="a folder with fortune files, instead of the packages'")
    parser.add_argument(
        "--output", type=pathlib.Path, default=ROOT / "corpora" / "fortunes.jsonl.gz"
    )
    arguments = parser.parse_args()
    if arguments.output.exists():
        print(f"Corpus: {arguments.output} is there.", file=sys.stderr)
        return
    paths = text_files(arguments.directory)
    if not paths:
        sys.exit(f"make_fortunes.py: no fortune files in {arguments.directory or PACKAGES}")
    count = write(arguments.output, records(paths))
    print(f"Corpus: {arguments.output}: {count} texts, {len(paths)} documents.", file=sys.stderr)


if __name__ == "__main__":
    main()
