"""The time that no program can beat: the matrix products that the work needs, at the full rate.

Needed is what the differences of neighbouring layers' attention depend on: of the last layer the
queries and keys only, of a causal model's scores the lower triangle only. One multiply-add counts
as 2 operations.
"""
from dataclasses import dataclass


@dataclass(frozen=True)
class Shape:
    layers: int
    hidden: int
    heads: int
    query_width: int
    key_width: int
    intermediate: int
    gated: bool
    causal: bool

    def weights(self):
        """(in, out) of the products with weights: those of every layer, those of all but the last."""
        h, q, k = self.hidden, self.query_width, self.key_width
        mlp = [(h, self.intermediate)] * (2 if self.gated else 1) + [(self.intermediate, h)]
        return [(h, q), (h, k)], [(h, k), (q, h)] + mlp


def shape_of(config):
    """From a config.json of the families that are timed."""
    get = config.get
    causal = config["model_type"] in ("gpt2", "llama")
    hidden = get("hidden_size") or config["n_embd"]
    heads = get("num_attention_heads") or config["n_head"]
    keys = get("num_key_value_heads") or heads
    return Shape(layers=get("num_hidden_layers") or config["n_layer"], hidden=hidden, heads=heads,
                 query_width=hidden, key_width=hidden // heads * keys,
                 intermediate=get("intermediate_size") or get("n_inner") or 4 * hidden,
                 gated=config["model_type"] == "llama", causal=causal)


@dataclass(frozen=True)
class Needs:
    weight_operations: float  # in products with weights
    score_operations: float   # in Q · Kᵀ and P · V
    exponentials: float

    @property
    def operations(self):
        return self.weight_operations + self.score_operations


def needs(shape, lengths):
    """What the sequences of these lengths need together."""
    every, inner = shape.weights()
    token = 2 * sum(a * b for a, b in every) * shape.layers
    token += 2 * sum(a * b for a, b in inner) * (shape.layers - 1)
    pairs = sum(n * (n + 1) // 2 if shape.causal else n * n for n in lengths)
    return Needs(weight_operations=token * sum(lengths),
                 score_operations=2 * pairs * shape.query_width * (2 * shape.layers - 1),
                 exponentials=pairs * shape.heads * shape.layers)


def seconds(work, rate, exponential):
    """`rate` in operations a second, `exponential` in seconds for one."""
    return work.operations / rate + work.exponentials * exponential


def mixed_rate(shape, rate_of):
    """One rate for all products: of each (in, out), as often as the model has it."""
    every, inner = shape.weights()
    products = every * shape.layers + inner * (shape.layers - 1)
    total = sum(a * b for a, b in products)
    return total / sum(a * b / rate_of(a, b) for a, b in products)
