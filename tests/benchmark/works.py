"""The works that are timed: a model in Hugging Face form and token ids for it.

Models other than MiniLM have the shape of a known one and random weights; they are saved into a
scratch folder, once. Nothing here needs the network.
"""
import gzip
import json
import random
from dataclasses import dataclass, field
from pathlib import Path

MIN_TOKENS = 8


@dataclass
class Work:
    name: str
    folder: Path
    sequences: list
    peers: tuple = ("eager", "loop", "onnx")
    target: float = 0  # share of the limit that is wanted
    config: dict = field(default_factory=dict)

    @property
    def tokens(self):
        return sum(map(len, self.sequences))

    def write_ids(self, scratch):
        """The sequences as model_tool reads them."""
        file = scratch / (self.name.replace(" ", "_") + ".ids")
        file.write_text("".join(" ".join(map(str, s)) + "\n" for s in self.sequences))
        return file


def tokenised(tokenizer_file, texts_file):
    """Ids of all texts with at least MIN_TOKENS tokens, at most 512 of each."""
    from tokenizers import Tokenizer
    read = gzip.open if str(texts_file).endswith(".gz") else open
    with read(texts_file, "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    tokenizer = Tokenizer.from_file(str(tokenizer_file))
    tokenizer.no_padding()
    tokenizer.enable_truncation(512)
    ids = [e.ids for e in tokenizer.encode_batch(texts)]
    return [i for i in ids if len(i) >= MIN_TOKENS]


def drawn(ids, count):
    """`count` of them, drawn with a fixed seed."""
    ids = list(ids)
    random.Random(1).shuffle(ids)
    return ids[:count]


def pieces(ids, length, count):
    """`count` sequences of exactly `length` tokens: the texts end to end."""
    flat = [i for text in ids for i in text]
    while len(flat) < length * count:
        flat += flat
    return [flat[k * length:(k + 1) * length] for k in range(count)]


def bert_shape(layers, hidden, heads):
    from transformers import BertConfig
    return BertConfig(num_hidden_layers=layers, hidden_size=hidden, num_attention_heads=heads,
                      intermediate_size=4 * hidden)


def gpt2_shape():
    from transformers import GPT2Config
    return GPT2Config(n_layer=6)


def llama_shape():
    from transformers import LlamaConfig
    return LlamaConfig(hidden_size=1024, num_attention_heads=16, num_key_value_heads=4,
                       num_hidden_layers=4, intermediate_size=2816, vocab_size=32000,
                       max_position_embeddings=8192)


def random_model(scratch, name, config):
    """The folder of a model with random weights, made if it is not there."""
    import torch
    from transformers import AutoModel
    folder = scratch / "models" / name
    if not (folder / "model.safetensors").exists():
        torch.manual_seed(1)
        AutoModel.from_config(config).save_pretrained(folder)
    return folder


def all_works(root, scratch, quick):
    """The rows of the table, in its order. `quick`: fewer sequences of each."""
    minilm = root / "models/all-MiniLM-L6-v2"
    texts = tokenised(minilm / "tokenizer.json", root / "corpora/fortunes.jsonl.gz")
    many, some = (200, 50) if quick else (1000, 1000)
    few = (4, 2, 1) if quick else (16, 8, 4)
    fortunes = drawn(texts, many)
    bert = random_model(scratch, "bert_base", bert_shape(12, 768, 12))
    bert6 = random_model(scratch, "bert_6", bert_shape(6, 768, 12))
    gpt2 = random_model(scratch, "gpt2_6", gpt2_shape())
    llama = random_model(scratch, "llama_4", llama_shape())
    return [
        Work("MiniLM-L6, fortunes", minilm, fortunes, target=0.90),
        Work("BERT-base shape, fortunes", bert, drawn(texts, some), target=0.92),
        Work("BERT shape, 6 layers, n = 512", bert6, pieces(texts, 512, few[0]), target=0.90),
        Work("GPT-2 shape, 6 layers, n = 1024", gpt2, pieces(texts, 1024, few[1]), target=0.85),
        Work("LLaMA shape, 4 layers, n = 2048", llama, pieces(texts, 2048, few[2]), target=0.85),
        # Eager attention would keep L · H · n · n probabilities: 17 GB of them, and as much again
        # while the softmax is taken.
        Work("LLaMA shape, 4 layers, n = 8192", llama, pieces(texts, 8192, 1), peers=(),
             target=0.80),
    ]
