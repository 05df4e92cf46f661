"""What ONNX Runtime computes for single nodes of the element-wise, reduction and movement operators.

Run from the project root: python3 scripts/oracle/ops_a.py
Needs onnx 1.23, onnxruntime 1.32, torch 2.13. Writes fixtures/ops/nodes_a.json, and fixtures/ops/kinks.json with PyTorch's
gradients at kinks and ties. Functions that are judged to double precision come from PyTorch in float64.
"""

import json

import numpy as np
import onnx
import onnxruntime as ort
import torch
from onnx import TensorProto, helper, numpy_helper

OPSET = 18
RANDOM = np.random.default_rng(11)
FAR = 2**63 - 1
CASES = []


def draw(*dims, low=-3.0, high=3.0, type=np.float32):
    return RANDOM.uniform(low, high, dims).round(2).astype(type)


def whole(*dims, low=-9, high=10, type=np.int64):
    return RANDOM.integers(low, high, dims).astype(type)


def flags(*dims):
    return RANDOM.integers(0, 2, dims).astype(bool)


def i64(*values):
    return np.array(values, np.int64)


def run(op, inputs, outputs=1, opset=OPSET, **attrs):
    names = ["" if x is None else f"x{i}" for i, x in enumerate(inputs)]
    made = [f"y{i}" for i in range(outputs)]
    node = helper.make_node(op, names, made, **attrs)
    infos = [
        helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(x.dtype), x.shape)
        for name, x in zip(names, inputs)
        if x is not None
    ]
    results = [helper.make_empty_tensor_value_info(name) for name in made]
    graph = helper.make_graph([node], op, infos, results)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9)
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(made, {name: np.asarray(x) for name, x in zip(names, inputs) if x is not None})


def case(op, *inputs, outputs=1, opset=OPSET, **attrs):
    add(op, inputs, run(op, inputs, outputs, opset, **attrs), attrs)


def add(op, inputs, results, attrs):
    CASES.append({
        "op": op,
        "attrs": {name: attribute(value) for name, value in attrs.items()},
        "inputs": [None if x is None else tensor(x) for x in inputs],
        "outputs": [tensor(y) for y in results],
    })


def attribute(value):
    if isinstance(value, onnx.TensorProto):
        return {"kind": "tensor", "value": tensor(numpy_helper.to_array(value))}
    kinds = {int: "int", float: "float", str: "string", list: "ints"}
    return {"kind": kinds[type(value)], "value": value}


def tensor(x):
    x = np.asarray(x)
    return {"type": str(x.dtype), "dims": list(x.shape), "data": [number(v) for v in x.ravel()]}


def number(v):
    if isinstance(v, (np.bool_, np.integer)):
        return int(v) if abs(int(v)) < 2**53 else str(int(v))
    if not np.isfinite(v):
        return str(v)
    return float(f"{v:.9g}") if v.dtype == np.float32 else float(v)


def arithmetic():
    for op in ["Add", "Sub", "Mul", "Div"]:
        case(op, draw(2, 3), draw(2, 3))
        case(op, draw(2, 1, 3), draw(4, 1))
        case(op, draw(3), draw())
        case(op, whole(2, 3), whole(3, low=1))
    case("Div", whole(6, type=np.int32), np.array([2, -3, 4, -2, 3, -4], np.int32))
    case("Pow", draw(2, 3, low=0.1), draw(3))
    case("Pow", draw(2, 3), i64(2))
    case("Pow", whole(2, 3), i64(3))
    case("Mod", whole(8), whole(8, low=1) * i64(1, -1, 1, -1, 1, -1, 1, -1))
    case("Mod", whole(8), whole(8, low=1) * i64(1, -1, 1, -1, 1, -1, 1, -1), fmod=1)
    case("Mod", draw(8), draw(8), fmod=1)
    for op in ["Min", "Max", "Sum", "Mean"]:
        case(op, draw(2, 3))
        case(op, draw(2, 3), draw(3), draw(2, 1))
    case("Max", whole(4), whole(4))
    case("Min", whole(4), whole(4))


def unary():
    for op in ["Neg", "Abs", "Sign", "Exp", "Floor", "Ceil", "Sin", "Cos", "Erf", "Sigmoid", "Tanh", "Softplus", "Softsign"]:
        case(op, draw(2, 5))
    for op in ["Reciprocal", "Sqrt", "Log"]:
        case(op, draw(2, 5, low=0.01))
    for op in ["Neg", "Abs", "Sign"]:
        case(op, whole(5))
    case("Round", np.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 0.4, 0.6, -3.7], np.float32))
    case("Softplus", np.array([-100, -20, 0, 20, 100], np.float32))
    case("Sigmoid", np.array([-100, -20, 0, 20, 100], np.float32))
    grid = np.concatenate([np.linspace(-7, 7, 57), [1e-9, -1e-3, 0.1, 2.49, 2.51, 5.99]])
    for op, function in [("Erf", torch.erf), ("Gelu", torch.nn.functional.gelu), ("Mish", torch.nn.functional.mish)]:
        add(op, [grid], [function(torch.tensor(grid)).numpy()], {})


def activations():
    x = np.array([-4, -3, -2.5, -1, -0.2, 0, 0.2, 1, 2.5, 3, 4], np.float32)
    for op in ["Relu", "LeakyRelu", "Elu", "Selu", "HardSigmoid", "HardSwish", "ThresholdedRelu", "Mish"]:
        case(op, x)
    case("Relu", whole(5))
    case("LeakyRelu", x, alpha=0.3)
    case("Elu", x, alpha=0.5)
    case("Selu", x, alpha=1.5, gamma=0.9)
    case("HardSigmoid", x, alpha=0.25, beta=0.4)
    case("ThresholdedRelu", x, alpha=0.5)
    case("Gelu", x, opset=20)
    case("Gelu", x, opset=20, approximate="tanh")
    case("PRelu", draw(2, 3, 2), draw(3, 1))
    case("PRelu", draw(2, 3), draw(1))
    case("Clip", x)
    case("Clip", x, np.float32(-1))
    case("Clip", x, None, np.float32(1))
    case("Clip", x, np.float32(-1), np.float32(2))
    case("Clip", whole(6), np.int64(-2), np.int64(2))
    for op in ["Softmax", "LogSoftmax"]:
        case(op, draw(2, 3, 4))
        case(op, draw(2, 3, 4), axis=1)
        case(op, draw(2, 3, 4), axis=-3)
        case(op, np.array([[100, 0, -100], [1000, 1000, 999]], np.float32))


def comparisons():
    special = np.array([1, np.nan, np.inf, -np.inf, 0], np.float32)
    for op in ["Less", "LessOrEqual", "Greater", "GreaterOrEqual", "Equal"]:
        case(op, whole(2, 4, high=-5), whole(4, high=-5))
        case(op, draw(2, 3), draw(2, 1))
        case(op, special, special)
    case("Equal", flags(6), flags(6))
    for op in ["And", "Or", "Xor"]:
        case(op, flags(2, 4), flags(4))
    case("Not", flags(5))
    case("IsNaN", special)
    case("IsInf", special)
    case("IsInf", special, detect_negative=0)
    case("IsInf", special, detect_positive=0)
    case("Where", flags(2, 3), draw(2, 3), draw(2, 3))
    case("Where", flags(2, 1), draw(3), draw())
    case("Where", flags(4), whole(4), whole(4))


def reductions():
    for op in ["Sum", "Mean", "Max", "Min", "Prod", "L1", "L2", "SumSquare", "LogSum", "LogSumExp"]:
        x = draw(2, 3, 4, low=0.1 if op == "LogSum" else -3)
        case(f"Reduce{op}", x)
        case(f"Reduce{op}", x, keepdims=0)
        case(f"Reduce{op}", x, i64(1))
        case(f"Reduce{op}", x, i64(-1, 0), keepdims=0)
        case(f"Reduce{op}", x, i64(2, 0))
    case("ReduceSum", draw(2, 3), i64(), noop_with_empty_axes=1)
    case("ReduceSum", draw(2, 3), i64())
    case("ReduceSum", whole(2, 3), i64(1))
    case("ReduceMax", whole(2, 3), i64(1))
    case("ReduceLogSumExp", np.array([[1000, 1000], [-1000, -1001]], np.float32), i64(1))
    tied = np.array([[1, 3, 3], [2, 0, 2]], np.float32)
    for op in ["ArgMax", "ArgMin"]:
        case(op, tied)
        case(op, tied, axis=1)
        case(op, tied, axis=-1, keepdims=0, select_last_index=1)


def shapes():
    x = draw(2, 3, 4)
    case("Reshape", x, i64(4, 6))
    case("Reshape", x, i64(0, -1))
    case("Reshape", x, i64(-1))
    case("Reshape", x, i64(0, 0, 2, 2))
    case("Reshape", draw(0, 3), i64(3, 0), allowzero=1)
    for axis in [0, 1, 2, 3, -1]:
        case("Flatten", x, axis=axis)
    case("Squeeze", draw(1, 2, 1, 3))
    case("Squeeze", draw(1, 2, 1, 3), i64(-2))
    case("Unsqueeze", x, i64(0, -1))
    case("Unsqueeze", x, i64(4, 1))
    case("Identity", x)
    case("Transpose", x)
    case("Transpose", x, perm=[1, 2, 0])
    case("Expand", draw(3, 1), i64(2, 1, 4))
    case("Expand", draw(3, 4), i64(3, 1))
    case("Tile", x, i64(1, 2, 3))
    case("Shape", x)
    case("Shape", x, start=1)
    case("Shape", x, start=-2, end=-1)
    case("Shape", x, start=-9, end=9)
    case("Size", x)
    case("ConstantOfShape", i64(2, 3))
    case("ConstantOfShape", i64(2), value=helper.make_tensor("value", TensorProto.INT64, [1], [7]))
    case("Range", np.int64(2), np.int64(11), np.int64(3))
    case("Range", np.float32(1), np.float32(-1), np.float32(-0.5))
    case("Range", np.int64(5), np.int64(2), np.int64(1))
    case("Dropout", x)
    case("Dropout", x, np.float32(0.5), np.bool_(False), outputs=2)


def casts():
    x = np.array([-2.7, -0.5, 0, 0.5, 1.5, 2.7, 100], np.float32)
    for to in [TensorProto.INT32, TensorProto.INT64, TensorProto.INT8, TensorProto.BOOL, TensorProto.DOUBLE]:
        case("Cast", x, to=int(to))
    case("Cast", np.abs(x), to=int(TensorProto.UINT8))
    case("Cast", whole(5, low=-300, high=300), to=int(TensorProto.UINT8))
    case("Cast", whole(5, low=-300, high=300), to=int(TensorProto.INT8))
    case("Cast", flags(5), to=int(TensorProto.FLOAT))
    case("CastLike", x, i64(1))


def joints():
    case("Concat", draw(2, 3), draw(2, 1), axis=1)
    case("Concat", draw(1, 2, 2), draw(3, 2, 2), draw(1, 2, 2), axis=-3)
    case("Concat", whole(2), whole(3), axis=0)
    case("Split", draw(2, 6), i64(1, 2, 3), axis=1, outputs=3)
    case("Split", draw(5, 2), num_outputs=2, outputs=2)
    case("Split", draw(2, 6), num_outputs=3, axis=-1, outputs=3)
    x = draw(4, 7)
    case("Slice", x, i64(1, 0), i64(3, 6))
    case("Slice", x, i64(1), i64(FAR), i64(1))
    case("Slice", x, i64(-3), i64(-1), i64(-1))
    case("Slice", x, i64(-100), i64(100), i64(0))
    case("Slice", x, i64(3), i64(2), i64(0))
    case("Slice", x, i64(0), i64(7), i64(1), i64(3))
    case("Slice", x, i64(-1), i64(-FAR), i64(1), i64(-1))
    case("Slice", x, i64(5, 3), i64(0, -100), i64(1, 0), i64(-2, -3))


def pads():
    x = draw(3, 4)
    case("Pad", x, i64(1, 0, 2, 1))
    case("Pad", x, i64(1, -1, 0, -2), np.float32(1.5))
    case("Pad", x, i64(2, 1), np.float32(0), i64(1))
    case("Pad", x, i64(1, 2, 3, 0), None, i64(-1, 0))
    case("Pad", x, i64(1, 3, 2, 2), mode="reflect")
    case("Pad", x, i64(1, 5, 2, 2), mode="edge")
    case("Pad", x, i64(-1, 2, 1, -1), mode="edge")
    case("Pad", whole(2, 2), i64(1, 1, 1, 1), np.int64(9))


def gradients(function, *inputs):
    """PyTorch's gradients of the sum of `function`."""
    moving = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in inputs]
    function(*moving).sum().backward()
    return [x.grad.tolist() for x in moving]


def kinks():
    line = [-1.0, 0.0, 0.0, 2.0]
    other = [-1.0, 0.0, 1.0, 1.0]
    functions = torch.nn.functional
    table = {
        "Relu": (torch.relu, [line]),
        "Abs": (torch.abs, [line]),
        "LeakyRelu": (functions.leaky_relu, [line]),
        "PRelu": (lambda x, slope: functions.prelu(x, slope[:1]), [line, [0.25, 0, 0, 0]]),
        "Max": (torch.maximum, [line, other]),
        "Min": (torch.minimum, [line, other]),
        "Clip": (lambda x: torch.clamp(x, 0, 2), [line]),
        "ReduceMax": (lambda x: torch.amax(x, 0), [[2.0, 1.0, 2.0, 2.0]]),
        "ReduceMin": (lambda x: torch.amin(x, 0), [[2.0, 1.0, 1.0, 2.0]]),
        "ReduceL1": (lambda x: torch.norm(x, 1), [line]),
        "ReduceL2": (lambda x: torch.norm(x, 2), [[0.0, 0.0, 0.0, 0.0]]),
        "ReduceProd": (torch.prod, [[0.0, 3.0, 2.0, -1.0]]),
        "ReduceProd, two zeros": (torch.prod, [[0.0, 3.0, 0.0, -1.0]]),
        "Pow": (lambda x: x**3, [line]),
        "HardSigmoid": (functions.hardsigmoid, [[-3.0, 3.0, 0.0, -4.0]]),
        "Softsign": (functions.softsign, [line]),
    }
    return [
        {"name": name, "inputs": inputs, "gradients": gradients(function, *inputs)}
        for name, (function, inputs) in table.items()
    ]


def write(path, key, rows):
    versions = f"onnxruntime {ort.__version__}, torch {torch.__version__.split('+')[0]}"
    about = {"provenance": f"python3 scripts/oracle/ops_a.py with {versions}"}
    lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
    with open(path, "w") as file:
        file.write(f'{{"provenance":{json.dumps(about["provenance"])},"{key}":[\n{lines}\n]}}\n')


def main():
    for family in [arithmetic, unary, activations, comparisons, reductions, shapes, casts, joints, pads]:
        family()
    write("fixtures/ops/nodes_a.json", "cases", CASES)
    write("fixtures/ops/kinks.json", "kinks", kinks())


if __name__ == "__main__":
    main()
