"""Attention of transformers' eager models in float64, every operation of it.

For transformers 4.57.1 and torch 2.x. `model.double()` turns weights, norms and activations to
float64; the eager attention of bert, distilbert and roberta takes its softmax in the type of the
scores, so nothing is left in float32. `attentions` checks the type it gets.
"""
import torch
from transformers import AutoModel


def load(folder):
    return AutoModel.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32).eval()


def attentions(model, ids, dtype):
    """layers × heads × n × n of one sequence of token ids, as `dtype`."""
    model = model.to(dtype)
    tokens = torch.tensor([ids])
    with torch.inference_mode():
        out = model(
            input_ids=tokens,
            attention_mask=torch.ones_like(tokens),
            output_attentions=True,
        ).attentions
    stacked = torch.stack([layer[0] for layer in out])
    assert stacked.dtype == dtype, f"a layer's attention came as {stacked.dtype}"
    # In float64 a row of probabilities sums to 1 within a few units of 2^-53; a softmax taken in
    # float32 would show here.
    if dtype == torch.float64:
        assert (stacked.sum(-1) - 1).abs().max() < 1e-14
    return stacked.numpy()
