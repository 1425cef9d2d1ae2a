"""What every small model has in common: how it is drawn, saved and measured in float64.

A family group is a file of this folder with a dict MODELS, folder's name -> Model; nothing else has
to be told about it.

The float64 is float64 in every operation. RMSNorm, rotary angles, the softmax of decoders and more
are computed in float32 by the library whatever the model's type is: `Double` makes code that asks
for float32 by name get float64, `widen` and a model's own `widen` redo what was computed when the
model was made, and `NothingNarrower` stops the script at the first operation that still reads or
writes a narrower number, naming it.
"""
import copy
import json
import shutil
import zlib
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, Callable

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from transformers import AutoModel

from calibrate_floor import NORMS, differences
from make_attention_reference import sample

# How often a model's lengths are run again to see how large its float32's errors become.
MORE = 15


def stacked(output, model, ids):
    """The library's maps of one sequence: layers, heads, n, n."""
    return torch.stack([layer[0] for layer in output.attentions])


@dataclass
class Model:
    kind: type  # the class that is saved, with its head where it has one
    config: Any
    dtype: torch.dtype = torch.float16  # of the stored weights
    # plain | gamma: LayerNorm's tensors as the first checkpoints spelled them | sharded
    form: str = "plain"
    lengths: tuple = (11, 16)
    long: bool = False  # one sequence of 300 tokens in part, in long.safetensors
    base: type = AutoModel  # the class that is measured
    forward: dict = field(default_factory=dict)  # further arguments of its forward pass
    norm_start: float = 1  # norms' weights are drawn around it
    spread: float = 0.35  # of products and tables
    # Called with the loaded model: `adapt` in both precisions, `widen` in float64 alone, for what
    # stays in float32 there.
    adapt: Callable = lambda model: None
    widen: Callable = lambda model: None
    to_p: Callable = stacked
    narrower: tuple = ()  # types of constants that the family rounds on purpose
    # Changes the settings in config.json, or a dict to put into them (None: remove), once the
    # reference is made: spellings of other versions of the library.
    edits: Any = field(default_factory=dict)


class Double(TorchFunctionMode):
    """Every float32 that code asks for by name is float64."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        wider = lambda x: torch.float64 if x is torch.float32 else x
        args = tuple(wider(x) for x in args)
        kwargs = {name: wider(x) for name, x in (kwargs or {}).items()}
        if func is torch.Tensor.float:
            func = torch.Tensor.double
        return func(*args, **kwargs)


class NothingNarrower(TorchDispatchMode):
    """An operation on numbers narrower than float64 is an error."""

    def __init__(self, allowed):
        super().__init__()
        self.refused = {torch.float32, torch.float16, torch.bfloat16} - set(allowed)

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        for x in tree_leaves((args, kwargs, out)):
            if isinstance(x, torch.Tensor) and x.dtype in self.refused:
                raise AssertionError(f"{func} reads or writes {x.dtype}")
        return out


@contextmanager
def in_double():
    """The library's float32 is float64, and so is a number that nobody gave a type."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        with Double():
            yield
    finally:
        torch.set_default_dtype(before)


def widen(model):
    """What a model in float64 computed in float32 when it was made."""
    for module in model.modules():
        if hasattr(module, "rope_init_fn"):
            with in_double():
                module.inv_freq, module.attention_scaling = module.rope_init_fn(module.config, None)
            assert module.inv_freq.dtype == torch.float64
            module.original_inv_freq = module.inv_freq
        # The other order of the same products insists on float32.
        if hasattr(module, "reorder_and_upcast_attn"):
            module.reorder_and_upcast_attn = False


def randomise(model, entry, seed):
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if "norm" in name.lower() or ".ln_" in name or name.startswith("ln_"):
            parameter.data = 0.2 * noise + (entry.norm_start if name.endswith("weight") else 0)
        elif name.endswith("bias"):
            parameter.data = 0.2 * noise
        elif "position_embeddings" not in name or not getattr(
                model.config, "sinusoidal_pos_embds", False):
            parameter.data = entry.spread * noise


def respell(folder):
    """LayerNorm's tensors as the first checkpoints spelled them."""
    file = folder / "model.safetensors"
    tensors = load_file(file)
    old = {
        n.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"):
        t for n, t in tensors.items()
    }
    save_file(old, file, metadata={"format": "pt"})


def inputs(config, lengths, rng):
    for n in lengths:
        ids = rng.integers(0, config.vocab_size, n)
        # RoBERTa counts positions over tokens that are not padding: one inside shows it.
        if config.pad_token_id is not None:
            ids[n // 2] = config.pad_token_id
        types = None
        if (getattr(config, "type_vocab_size", 0) or 0) > 1:
            types = (np.arange(n) >= n // 2).astype(np.int64)
        yield ids, types


def attention(model, entry, ids, types, dtype):
    """Maps of one sequence by a copy of the model: dynamic rotations remember earlier ones."""
    model = copy.deepcopy(model)
    tokens = torch.tensor(ids)[None]
    extra = dict(entry.forward)
    if types is not None:
        extra["token_type_ids"] = torch.tensor(types)[None]
    with ExitStack() as modes:
        modes.enter_context(torch.inference_mode())
        if dtype == torch.float64:
            modes.enter_context(in_double())
            modes.enter_context(NothingNarrower(entry.narrower))
        output = model(tokens, attention_mask=torch.ones_like(tokens), output_attentions=True,
                       **extra)
    out = entry.to_p(output, model, ids)
    assert out.dtype == dtype
    return out


def norms_of(p):
    """norms × layer pairs of the head mean, which is taken in the maps' own precision."""
    mean = p.mean(dim=1).numpy()
    layers = [layer.astype(np.float64) for layer in mean]
    values = [differences(a, b) for a, b in zip(layers, layers[1:])]
    return torch.tensor([[pair[norm] for pair in values] for norm in NORMS], dtype=torch.float64)


class Errors:
    """The largest errors of transformers' own float32 over some sequences."""

    def __init__(self):
        self.entry = 0.0
        self.norms = torch.zeros(len(NORMS), dtype=torch.float64)

    def add(self, exact, single):
        self.entry = max(self.entry, (single - exact).abs().max().item())
        worst = (norms_of(single) - norms_of(exact)).abs().amax(dim=1)
        self.norms = torch.maximum(self.norms, worst)

    def tensors(self):
        return {"float32_error": torch.tensor([self.entry], dtype=torch.float64),
                "norm_float32_error": self.norms}


def both(exact_model, single_model, entry, ids, types, errors):
    """The maps in float64; what float32 makes of the same sequence goes to `errors`."""
    exact = attention(exact_model, entry, ids, types, torch.float64)
    assert (exact.sum(-1) - 1).abs().max() < 1e-14
    errors.add(exact, attention(single_model, entry, ids, types, torch.float32))
    return exact


def long_reference(folder, entry, exact_model, single_model, rng):
    ids = rng.integers(0, exact_model.config.vocab_size, 300)
    errors = Errors()
    exact = both(exact_model, single_model, entry, ids, None, errors)
    for _ in range(MORE):
        more = rng.integers(0, exact_model.config.vocab_size, 300)
        both(exact_model, single_model, entry, more, None, errors)
    at, p = sample(exact.numpy(), rng)
    save_file({"0.ids": torch.tensor(ids, dtype=torch.int32), "0.at": torch.tensor(at),
               "0.p": torch.tensor(p), "0.norms": norms_of(exact), **errors.tensors()},
              folder / "long.safetensors")


def references(folder, entry, seed):
    rng = np.random.default_rng(seed)
    load = lambda dtype: entry.base.from_pretrained(
        folder, attn_implementation="eager", dtype=dtype).eval()
    exact_model, single_model = load(torch.float64), load(torch.float32)
    for model in (exact_model, single_model):
        entry.adapt(model)
    widen(exact_model)
    entry.widen(exact_model)
    if entry.long:
        long_reference(folder, entry, exact_model, single_model, np.random.default_rng(seed + 1000))
    out, errors, largest = {}, Errors(), []
    for k, (ids, types) in enumerate(inputs(exact_model.config, entry.lengths, rng)):
        exact = both(exact_model, single_model, entry, ids, types, errors)
        largest.append(exact[..., -1, :].amax(-1).mean().item())
        out[f"{k}.ids"] = torch.tensor(ids, dtype=torch.int32)
        if types is not None:
            out[f"{k}.types"] = torch.tensor(types, dtype=torch.int32)
        out[f"{k}.p"] = exact.contiguous()
        out[f"{k}.norms"] = norms_of(exact)
    # The largest error of a few numbers is luck; these sequences are not stored.
    for ids, types in inputs(exact_model.config, entry.lengths * MORE, rng):
        both(exact_model, single_model, entry, ids, types, errors)
    save_file({**out, **errors.tensors()}, folder / "attention.safetensors")
    # A weight that the library did not find in the file it draws anew at every load.
    assert errors.entry < 1e-3, errors.entry
    # Neither even nor all on one token, where many a mistake would not show.
    assert 1.5 / min(entry.lengths) < np.mean(largest) < 0.97, largest
    return errors.entry, np.mean(largest)


def write_config(folder, edits=None):
    """Sorted, and with a family's edits; None as an edit removes the key."""
    file = folder / "config.json"
    settings = json.loads(file.read_text())
    if callable(edits):
        edits(settings)
    else:
        settings.update(edits or {})
        for key in [key for key, value in (edits or {}).items() if value is None]:
            del settings[key]
    file.write_text(json.dumps(settings, indent=2, sort_keys=True) + "\n")


def make(root, name, entry):
    """Writes root/name; depends on the name and the entry alone."""
    folder = root / name
    shutil.rmtree(folder, ignore_errors=True)
    seed = zlib.crc32(name.encode())
    model = entry.kind(entry.config)
    randomise(model, entry, seed)
    model.to(entry.dtype).save_pretrained(
        folder, max_shard_size="12KB" if entry.form == "sharded" else "1GB")
    (folder / "generation_config.json").unlink(missing_ok=True)
    if entry.form == "gamma":
        respell(folder)
    error, largest = references(folder, entry, seed)
    write_config(folder, entry.edits)
    size = sum(file.stat().st_size for file in folder.iterdir())
    print(f"{name:32s} transformers' float32 within {error:.2g} of float64, "
          f"largest of the last row {largest:.2f}, {size / 1000:.0f} kB", flush=True)
