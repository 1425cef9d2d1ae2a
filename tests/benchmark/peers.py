"""How the same numbers are taken in Python with transformers: frobenius norms of the differences of
neighbouring layers' head means, for every sequence.

All peers run on one thread in float32 and return a checksum, the sum of all norms, by which one
sees that they did the same work.
"""
import torch

BUDGETS = (512, 1024, 2048, 4096)


def batches(sequences, budget):
    """Sorted by length, cut where the padded batch would hold more than `budget` tokens."""
    out = []
    for ids in sorted(sequences, key=len):
        if out and (len(out[-1]) + 1) * len(ids) <= budget:
            out[-1].append(ids)
        else:
            out.append([ids])
    return out


def padded(batch):
    """ids and mask, both batch × longest, as int64."""
    longest = max(map(len, batch))
    ids = torch.zeros(len(batch), longest, dtype=torch.long)
    mask = torch.zeros(len(batch), longest, dtype=torch.long)
    for row, sequence in enumerate(batch):
        ids[row, :len(sequence)] = torch.tensor(sequence)
        mask[row, :len(sequence)] = 1
    return ids, mask


def norms(attentions, mask):
    """Frobenius norms (batch × pairs of layers); what padding looks at and is looked at counts 0."""
    real = mask.to(attentions[0].dtype)
    both = real[:, :, None] * real[:, None, :]
    means = [a.mean(dim=1) for a in attentions]
    return torch.stack([((b - a) * both).pow(2).sum(dim=(1, 2)).sqrt()
                        for a, b in zip(means, means[1:])], dim=1)


class Eager:
    """transformers' eager attention, in padded batches or one text at a time."""

    def __init__(self, folder):
        from transformers import AutoModel
        self.model = AutoModel.from_pretrained(folder, attn_implementation="eager").eval()

    def run_batches(self, some):
        total = 0.0
        with torch.inference_mode():
            for batch in some:
                ids, mask = padded(batch)
                out = self.model(ids, attention_mask=mask, output_attentions=True, use_cache=False) \
                    if self.takes_cache() else \
                    self.model(ids, attention_mask=mask, output_attentions=True)
                total += norms(out.attentions, mask).sum().item()
        return total

    def run_one_by_one(self, sequences):
        total = 0.0
        with torch.inference_mode():
            for ids in sequences:
                layers = self.model(torch.tensor([ids]), output_attentions=True).attentions
                means = [layer.mean(dim=1)[0] for layer in layers]
                for a, b in zip(means, means[1:]):
                    total += torch.linalg.norm(b - a).item()
        return total

    def takes_cache(self):
        return getattr(self.model.config, "use_cache", False)
