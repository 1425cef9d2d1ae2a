"""limit.py against counts done by hand."""
from limit import Needs, Shape, mixed_rate, needs, seconds, shape_of

TINY = Shape(layers=2, hidden=4, heads=2, query_width=4, key_width=2, intermediate=8, gated=True,
             causal=True)


def test_operations_of_a_tiny_model():
    # Each layer: q 4·4, k 4·2. The first only: v 4·2, o 4·4, gate and up 4·8 each, down 8·4.
    token = 2 * (2 * (16 + 8) + 8 + 16 + 3 * 32)
    # n = 3: 6 pairs; Q·Kᵀ of two layers and P·V of one, 4 wide; two heads' exponentials.
    assert needs(TINY, [3]) == Needs(3 * token, 2 * 6 * 4 * 3, 6 * 2 * 2)
    assert needs(TINY, [3, 5]).operations == needs(TINY, [3]).operations + needs(TINY, [5]).operations


def test_both_triangles_of_a_model_that_looks_both_ways():
    both = Shape(**{**TINY.__dict__, "causal": False})
    assert needs(both, [3]).score_operations == 2 * 9 * 4 * 3


def test_shapes():
    gpt2 = shape_of({"model_type": "gpt2", "n_embd": 768, "n_head": 12, "n_layer": 6,
                     "n_inner": None})
    assert (gpt2.intermediate, gpt2.key_width, gpt2.causal) == (3072, 768, True)
    llama = shape_of({"model_type": "llama", "hidden_size": 1024, "num_attention_heads": 16,
                      "num_key_value_heads": 4, "num_hidden_layers": 4, "intermediate_size": 2816})
    assert (llama.key_width, llama.gated) == (256, True)


def test_time():
    assert seconds(Needs(100, 20, 7), rate=10, exponential=2) == 12 + 14
    assert abs(mixed_rate(TINY, lambda a, b: 5.0) - 5.0) < 1e-12
    # Products of half the size at half the rate take as long as those of full size.
    slow_keys = mixed_rate(TINY, lambda a, b: 1.0 if (a, b) == (4, 2) else 2.0)
    assert abs(slow_keys - (2 * 16 + 3 * 8 + 16 + 96) / (3 * 8 / 1.0 + (32 + 16 + 96) / 2.0)) < 1e-12
