"""ONNX Runtime over an exported model whose outputs are the differences' norms.

The exported graph holds what the norms depend on; so the last layer's values and MLP are not in it.
"""
import torch

from peers import batches, norms, padded


class Differences(torch.nn.Module):
    """ids and mask → norms (batch × pairs of layers)."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, ids, mask):
        return norms(self.model(ids, attention_mask=mask, output_attentions=True).attentions, mask)


def export(model, file):
    """Writes the graph (batch and length free), its weights beside it."""
    if hasattr(model.config, "use_cache"):
        model.config.use_cache = False
    ids, mask = padded([[1] * 24, [1] * 19, [1] * 11])
    free = {0: torch.export.Dim("batch"), 1: torch.export.Dim("length", min=2, max=1 << 14)}
    with torch.inference_mode():
        torch.onnx.export(Differences(model).eval(), (ids, mask), str(file), dynamo=True,
                          input_names=["ids", "mask"], output_names=["norms"],
                          dynamic_shapes=(free, free), external_data=True, verbose=False)


class OnnxPeer:
    def __init__(self, model, file):
        import onnxruntime
        if not file.exists():
            export(model, file)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(file), options,
                                                    providers=["CPUExecutionProvider"])

    def run(self, sequences, budget=1024):
        total = 0.0
        for batch in batches(sequences, budget):
            ids, mask = padded(batch)
            out, = self.session.run(None, {"ids": ids.numpy(), "mask": mask.numpy()})
            total += float(out.sum())
        return total
