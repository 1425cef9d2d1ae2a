"""What this machine reaches, on one thread: matrix products of 4,096 rows, and exp."""
import time

import torch

from limit import mixed_rate

ROWS = 4096


def best_of(times, run):
    """The shortest processor time of `times` calls: what the machine can do."""
    run()
    seconds = []
    for _ in range(times):
        start = time.process_time()
        run()
        seconds.append(time.process_time() - start)
    return min(seconds)


def product_rate(width_in, width_out, times=3):
    """Operations a second of x · Wᵀ + b, W as a model stores it."""
    x, w, b = torch.randn(ROWS, width_in), torch.randn(width_out, width_in), torch.randn(width_out)
    with torch.inference_mode():
        return 2 * ROWS * width_in * width_out / best_of(times, lambda: torch.addmm(b, x, w.t()))


def shape_rate(shape, product):
    """Operations a second of the products of a model, mixed as the model has them, each by
    `product` (one of PRODUCTS)."""
    known = {}

    def rate_of(a, b):
        if (a, b) not in known:
            known[a, b] = product(a, b)
        return known[a, b]
    return mixed_rate(shape, rate_of)


def exponential_seconds():
    """Of one exp in place, on numbers that stay in the L2 cache."""
    numbers = torch.zeros(1 << 16)
    with torch.inference_mode():
        return best_of(5, lambda: [numbers.exp_() for _ in range(50)]) / (50 * numbers.numel())


def packed_rate(width_in, width_out, times=5, rows=256):
    """The same by ONNX Runtime, whose weights are packed once; 256 rows, which stay in the cache.
    On processors for which MKL has no kernels of its own this is far above addmm's rate."""
    import numpy
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper
    weights = numpy_helper.from_array(
        numpy.random.default_rng(1).normal(size=(width_in, width_out)).astype("f"), "w")
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])], "product",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [rows, width_in])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [rows, width_out])], [weights])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    x = numpy.random.default_rng(2).normal(size=(rows, width_in)).astype("f")

    def run():
        for _ in range(4):
            session.run(None, {"x": x})
    return 4 * 2 * rows * width_in * width_out / best_of(times, run)


PRODUCTS = {"addmm": product_rate, "packed": packed_rate}
