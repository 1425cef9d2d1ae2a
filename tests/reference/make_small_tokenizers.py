#!/usr/bin/env python3
"""Makes token_references.json: what Python's tokenizers 0.22.2 says with the three small tokenizers
in tokenizers/, of the kinds that MiniLM's WordPiece is not.

    python make_small_tokenizers.py [--train]

--train makes the tokenizers anew from 600 fortunes (the scores of a Unigram then differ in their
last digits from run to run). Each also stores what must not be obeyed: truncation, padding,
dropout; the references are made with all three off. `windows` are those of truncation with a
stride."""

import json
import pathlib
import sys

import tokenizers
from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)

import token_texts

HERE = pathlib.Path(__file__).parent
TRAINED_ON = [("literature", 200), ("computers", 200), ("songs-poems", 200)]
READ_WITH = [("wisdom", 100), ("science", 100)]
WINDOW, STRIDE, N_WINDOWED = 24, 5, 60
TEXTS = [
    "",
    " ",
    "a",
    "\n\n  two spaces  and\ttabs\r\n",
    "Hello, world! It's 1,234.5 o'clock -- don't you'd we'll they've",
    "naïve café Ünïcödé ﬁne ①②③ Ⅷ",
    "日本語の文章と中文和한국어",
    "🙂👩‍👩‍👧‍👦🏳️‍🌈 e\u0301 \u00a0\u2003\u200b",
    "العربية עברית हिन्दी",
    "</s><s><|endoftext|><pad> special words in a text",
    "x" * 300,
    "\u0000 a NUL and \u001b an escape",
    "▁ the ▁▁ meta symbol",
    "ALL CAPS AND snake_case and camelCase(); // comments \\n",
    "1234567890 12 345 6789",
]
LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def take(parts):
    return [text for category, n in parts for text in token_texts.texts(category)[:n]]


def byte_level_bpe(texts):
    """As RoBERTa and Llama 3: bytes, a regular expression with a look-ahead, <s> and </s>."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(LLAMA3), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        texts,
        trainers.BpeTrainer(
            vocab_size=1200,
            special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<|endoftext|>"],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    tokenizer.post_processor = processors.RobertaProcessing(
        ("</s>", tokenizer.token_to_id("</s>")),
        ("<s>", tokenizer.token_to_id("<s>")),
        add_prefix_space=False,
    )
    return tokenizer


def unigram(texts):
    """As T5 and XLNet: Unigram, NFKC, a template with </s> behind."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.train_from_iterator(
        texts,
        trainers.UnigramTrainer(
            vocab_size=1200,
            special_tokens=["<pad>", "</s>", "<unk>"],
            unk_token="<unk>",
            show_progress=False,
        ),
    )
    end = tokenizer.token_to_id("</s>")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", end)]
    )
    return tokenizer


def llama_bpe(texts):
    """As Llama 2: BPE without pre-tokenizer, spaces as ▁, bytes for the unknown, <s> before."""
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.Metaspace()
    trained.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=900, show_progress=False))
    model = json.loads(trained.to_str())["model"]
    words = sorted(model["vocab"], key=model["vocab"].get)
    vocab = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), *words]
    tokenizer = Tokenizer(
        models.BPE(
            vocab={word: i for i, word in enumerate(vocab)},
            merges=[tuple(merge) for merge in model["merges"]],
            unk_token="<unk>",
            fuse_unk=True,
            byte_fallback=True,
        )
    )
    tokenizer.add_special_tokens([AddedToken(t, normalized=False) for t in vocab[:3]])
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s> $B:1", special_tokens=[("<s>", 1)]
    )
    return tokenizer


def reference(tokenizer):
    sample = take(READ_WITH)
    windows = []
    tokenizer.enable_truncation(WINDOW, stride=STRIDE)
    for text in sample[:N_WINDOWED]:
        encoding = tokenizer.encode(text)
        windows.append([encoding.ids, *(part.ids for part in encoding.overflowing)])
    tokenizer.no_truncation()
    return {
        "vocabulary_size": tokenizer.get_vocab_size(),
        "n_special": tokenizer.num_special_tokens_to_add(False),
        "around_nothing": tokenizer.encode("").ids,
        "texts": [{"text": t, "ids": tokenizer.encode(t).ids} for t in TEXTS],
        "sample_digest": token_texts.ids_digest(tokenizer.encode(t).ids for t in sample),
        "plain_digest": token_texts.ids_digest(
            tokenizer.encode(t, add_special_tokens=False).ids for t in sample
        ),
        "windows_digest": token_texts.ids_digest(w for text in windows for w in text),
        "n_windows": sum(map(len, windows)),
    }


def train(make):
    """Stores a tokenizer together with what must not be obeyed."""
    tokenizer = make(take(TRAINED_ON))
    tokenizer.enable_truncation(16)
    tokenizer.enable_padding(length=16, pad_id=0, pad_token="<pad>")
    stored = json.loads(tokenizer.to_str())
    if stored["model"]["type"] == "BPE":
        stored["model"]["dropout"] = 0.5
    text = json.dumps(stored, ensure_ascii=False, separators=(",", ":"))
    folder = HERE / "tokenizers" / make.__name__
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tokenizer.json").write_text(text, encoding="utf-8")


def load(name):
    stored = json.loads((HERE / "tokenizers" / name / "tokenizer.json").read_text(encoding="utf-8"))
    stored.update(truncation=None, padding=None)
    stored["model"].pop("dropout", None)
    return Tokenizer.from_str(json.dumps(stored))


def main():
    assert tokenizers.__version__ == "0.22.2", tokenizers.__version__
    kinds = (byte_level_bpe, unigram, llama_bpe)
    if "--train" in sys.argv[1:]:
        for make in kinds:
            train(make)
    references = {
        "sample": [
            {"category": c, "n": n, "digest": token_texts.file_digest(c)} for c, n in READ_WITH
        ],
        "n_windowed": N_WINDOWED,
        "window": WINDOW,
        "stride": STRIDE,
        "tokenizers": {kind.__name__: reference(load(kind.__name__)) for kind in kinds},
    }
    output = HERE / "token_references.json"
    output.write_text(json.dumps(references, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
