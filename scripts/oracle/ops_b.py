"""Golden outputs of operators with windows, matrices, moments, indices and scans, computed by onnxruntime.

Run from the project's root: python3 scripts/oracle/ops_b.py
Writes fixtures/ops/ops_b.json. An input is either given in full or by its shape and a salt; element i of a salted input is
((i * 7919 + salt * 104729 + 17) % 1009) / 256 - 2, or half of that plus 1.25 where it must be positive.
"""

import json
import pathlib

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

OPSET = 18
TYPES = {"float32": TensorProto.FLOAT, "int64": TensorProto.INT64, "bool": TensorProto.BOOL}


def salted(dims, salt, positive=False):
    i = np.arange(int(np.prod(dims)), dtype=np.int64)
    data = ((i * 7919 + salt * 104729 + 17) % 1009) / 256 - 2
    return (data / 2 + 1.25 if positive else data).astype(np.float32).reshape(dims)


def x(*dims):
    return {"dims": list(dims)}


def positive(*dims):
    return {"dims": list(dims), "positive": True}


def given(values, dtype=np.int64):
    return np.asarray(values, dtype)


CASES = []


def case(op, inputs, outputs=1, **attrs):
    CASES.append((op, inputs, outputs, attrs))


def window_cases():
    case("Conv", [x(2, 3, 6, 5), x(4, 3, 3, 3), x(4)], pads=[1, 1, 1, 1])
    case("Conv", [x(2, 3, 8, 7), x(2, 3, 3, 2)], strides=[2, 3], pads=[0, 1, 2, 1])
    case("Conv", [x(1, 2, 9, 9), x(2, 2, 3, 2)], dilations=[2, 3], strides=[2, 1], pads=[1, 2, 0, 1])
    case("Conv", [x(2, 6, 5, 5), x(4, 3, 3, 3), x(4)], group=2, pads=[1, 0, 2, 1])
    case("Conv", [x(2, 4, 6, 6), x(4, 1, 3, 3)], group=4, strides=[2, 2], pads=[1, 1, 1, 1])
    case("Conv", [x(2, 3, 7, 6), x(2, 3, 3, 4)], strides=[2, 2], auto_pad="SAME_UPPER")
    case("Conv", [x(2, 3, 7, 6), x(2, 3, 3, 4)], strides=[2, 2], auto_pad="SAME_LOWER")
    case("Conv", [x(2, 3, 7, 6), x(2, 3, 3, 4)], strides=[2, 2], auto_pad="VALID", kernel_shape=[3, 4])
    case("Conv", [x(2, 3, 9), x(4, 3, 3), x(4)], strides=[2], pads=[1, 2])
    case("Conv", [x(1, 2, 4, 5, 4), x(3, 2, 2, 3, 2)], strides=[1, 2, 1], pads=[1, 0, 1, 0, 1, 0])
    case("ConvTranspose", [x(2, 3, 4, 3), x(3, 2, 3, 3), x(2)], pads=[1, 1, 1, 1])
    case("ConvTranspose", [x(2, 3, 4, 3), x(3, 2, 3, 3)], strides=[2, 2], pads=[1, 1, 1, 1], output_padding=[1, 1])
    case("ConvTranspose", [x(1, 4, 3, 3), x(4, 2, 3, 2)], group=2, strides=[2, 3], dilations=[2, 1], pads=[2, 0, 1, 1])
    case("ConvTranspose", [x(2, 3, 4), x(3, 1, 3), x(3)], group=3, strides=[2], auto_pad="SAME_UPPER")
    case("ConvTranspose", [x(1, 2, 3, 3), x(2, 1, 4, 4)], strides=[2, 2], output_shape=[6, 7])
    case("ConvTranspose", [x(1, 2, 3, 3), x(2, 1, 4, 4)], strides=[2, 2], output_shape=[6, 7], auto_pad="SAME_UPPER")
    for op in ("MaxPool", "AveragePool"):
        case(op, [x(2, 3, 7, 6)], kernel_shape=[2, 2], strides=[2, 2])
        case(op, [x(2, 3, 8, 7)], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
        case(op, [x(1, 2, 8, 7)], kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)
        case(op, [x(1, 2, 8, 7)], kernel_shape=[3, 2], strides=[2, 2], pads=[0, 1, 1, 0], ceil_mode=1)
        case(op, [x(1, 2, 5, 5)], kernel_shape=[2, 2], strides=[2, 2], pads=[1, 1, 1, 1], ceil_mode=1)
        case(op, [x(2, 2, 5, 4)], kernel_shape=[3, 2], auto_pad="SAME_UPPER")
        case(op, [x(2, 2, 5, 4)], kernel_shape=[2, 2], strides=[2, 2], auto_pad="SAME_LOWER")
        case(op, [x(2, 2, 9)], kernel_shape=[3], strides=[2])
        case(op, [x(1, 2, 4, 5, 4)], kernel_shape=[2, 2, 2], strides=[1, 2, 2])
    case("MaxPool", [x(1, 2, 7, 8)], kernel_shape=[2, 3], dilations=[3, 2], strides=[2, 1], pads=[1, 1, 0, 1])
    case("AveragePool", [x(2, 3, 8, 7)], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], count_include_pad=1)
    case("AveragePool", [x(1, 2, 5, 4)], kernel_shape=[3, 2], auto_pad="SAME_UPPER", count_include_pad=1)
    wide = {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1], "ceil_mode": 1, "count_include_pad": 1}
    case("AveragePool", [x(1, 2, 6, 7)], **wide)
    case("GlobalAveragePool", [x(2, 3, 4, 5)])
    case("GlobalMaxPool", [x(2, 3, 4, 5)])
    case("GlobalMaxPool", [x(2, 3, 6)])


def matrix_cases():
    shapes = [((3, 4), (4, 5)), ((2, 3, 4), (4, 5)), ((2, 1, 3, 4), (3, 4, 2)), ((3, 4), (2, 4, 5)), ((4,), (4,))]
    shapes += [((4,), (4, 3)), ((3, 4), (4,)), ((4,), (2, 4, 3)), ((2, 3, 4), (4,)), ((7, 9), (9, 6))]
    for a, b in shapes:
        case("MatMul", [x(*a), x(*b)])
    case("Gemm", [x(3, 4), x(4, 5), x(5)])
    case("Gemm", [x(3, 4), x(5, 4), x(3, 1)], transB=1, alpha=0.5, beta=2.0)
    case("Gemm", [x(4, 3), x(4, 5)], transA=1, alpha=-1.5)
    case("Gemm", [x(4, 3), x(5, 4), x()], transA=1, transB=1)
    case("Gemm", [x(2, 4), x(4, 3), x(2, 3)], beta=0.25)


def norm_cases():
    per_channel = [x(3), x(3), x(3), positive(3)]
    case("BatchNormalization", [x(2, 3, 4, 3), *per_channel])
    case("BatchNormalization", [x(4, 3), *per_channel], epsilon=0.1)
    case("BatchNormalization", [x(2, 3, 5), *per_channel])
    case("BatchNormalization", [x(2, 3, 4, 3), *per_channel], outputs=3, training_mode=1)
    case("BatchNormalization", [x(2, 3, 5), *per_channel], outputs=3, training_mode=1, momentum=0.75, epsilon=0.01)


def sample_norm_cases():
    case("LayerNormalization", [x(3, 5), x(5), x(5)])
    case("LayerNormalization", [x(2, 3, 4), x(4)], epsilon=0.1)
    case("LayerNormalization", [x(2, 3, 4), x(3, 4), x(3, 4)], outputs=3, axis=1)
    case("InstanceNormalization", [x(2, 3, 4, 3), x(3), x(3)])
    case("InstanceNormalization", [x(2, 2, 5), x(2), x(2)], epsilon=0.1)
    case("LpNormalization", [x(3, 4)])
    case("LpNormalization", [x(2, 3, 4)], axis=1, p=2)
    case("LpNormalization", [x(2, 3, 4)], axis=0, p=1)


def einsum_cases():
    forms = {
        "ij,jk->ik": [(3, 4), (4, 2)],
        "bhid,bhjd->bhij": [(2, 2, 3, 4), (2, 2, 5, 4)],
        "bhij, bhjd -> bihd": [(2, 2, 3, 5), (2, 2, 5, 4)],
        "bij,j": [(2, 3, 4), (4,)],
        "ba,dc": [(2, 3), (2, 4)],
        "...ij,...jk->...ik": [(2, 2, 3, 4), (2, 2, 4, 2)],
        "...i,ij->...j": [(2, 3, 4), (4, 5)],
        "ijk->ki": [(2, 3, 4)],
        "ij->": [(3, 4)],
        "ij,ij->i": [(3, 4), (3, 4)],
    }
    for equation, shapes in forms.items():
        case("Einsum", [x(*shape) for shape in shapes], equation=equation)


def index_cases():
    case("Gather", [x(4, 3), given([2, 0, -1])])
    case("Gather", [x(3, 4), given([[3, -1], [0, 1]])], axis=1)
    case("Gather", [x(2, 4, 3), given(1)], axis=-2)
    case("GatherElements", [x(3, 4), given([[2], [0], [-1]])], axis=1)
    case("GatherElements", [x(2, 3, 2), given([[[0], [2]], [[1], [1]]])], axis=-2)
    case("GatherND", [x(3, 4), given([[0, 3], [-1, 1]])])
    case("GatherND", [x(3, 4), given([[2], [0], [2]])])
    case("GatherND", [x(2, 3, 2), given([[2], [0]])], batch_dims=1)
    case("ScatterElements", [x(3, 4), given([[2, 0], [-1, 1], [0, 3]]), x(3, 2)], axis=1)
    case("ScatterElements", [x(3, 2), given([[0, 1], [0, -1]]), x(2, 2)], reduction="add")
    case("ScatterElements", [x(3, 2), given([[0, 1], [0, -1]]), x(2, 2)], reduction="max")
    case("ScatterND", [x(4, 3), given([[2], [-4]]), x(2, 3)])
    case("ScatterND", [x(3, 4), given([[0, 1], [2, 3], [0, 1]]), x(3)], reduction="add")
    case("ScatterND", [x(3, 4), given([[0, 1], [2, 3], [0, 1]]), x(3)], reduction="mul")
    values = given([-1, 3], np.float32)
    case("OneHot", [given([2, -1, 7]), given(4), values])
    case("OneHot", [given([[0, 3], [1, 1]]), given([4]), values], axis=1)
    case("TopK", [x(3, 5), given([2])], outputs=2)
    case("TopK", [x(2, 4, 3), given([3])], outputs=2, axis=1, largest=0)
    case("TopK", [given([1, 3, 3, 1, 3], np.float32), given([4])], outputs=2)
    case("Trilu", [x(3, 4)])
    case("Trilu", [x(2, 4, 3)], upper=0)
    case("Trilu", [x(3, 3), given(1)])
    case("Trilu", [x(4, 3), given(-1)], upper=0)
    case("NonZero", [given([[0, 1, 0], [-2, 0, 3]], np.float32)])


def scan_and_space_cases():
    case("CumSum", [x(3, 4), given(1)])
    case("CumSum", [x(2, 3, 4), given(-2)], exclusive=1)
    case("CumSum", [x(5), given(0)], reverse=1)
    case("CumSum", [x(2, 4, 2), given(1)], exclusive=1, reverse=1)
    case("DepthToSpace", [x(2, 8, 2, 3)], blocksize=2)
    case("DepthToSpace", [x(1, 18, 2, 3)], blocksize=3, mode="CRD")
    case("SpaceToDepth", [x(2, 3, 4, 6)], blocksize=2)


def resize_cases():
    def by(*scales):
        return [None, given(scales, np.float32)]

    def to(*sizes):
        return [None, None, given(sizes)]

    def resized(dims, target, mode, coordinates, **more):
        case("Resize", [x(*dims), *target], mode=mode, coordinate_transformation_mode=coordinates, **more)

    resized((2, 2, 3, 4), by(1, 1, 2, 2), "nearest", "asymmetric", nearest_mode="floor")
    resized((1, 2, 3, 4), by(1, 1, 2, 3), "nearest", "half_pixel")
    resized((1, 2, 5, 4), to(1, 2, 3, 7), "nearest", "half_pixel", nearest_mode="ceil")
    resized((1, 1, 4, 5), to(1, 1, 6, 3), "nearest", "align_corners", nearest_mode="round_prefer_ceil")
    for rounding in ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil"):
        resized((1, 1, 4, 6), by(1, 1, 0.5, 0.5), "nearest", "half_pixel", nearest_mode=rounding)
    resized((2, 2, 3, 4), by(1, 1, 2, 2), "linear", "half_pixel")
    resized((1, 2, 4, 3), to(1, 2, 7, 1), "linear", "pytorch_half_pixel")
    resized((1, 2, 3, 4), to(1, 2, 5, 6), "linear", "align_corners")
    resized((1, 2, 6, 5), by(1, 1, 0.5, 0.6), "linear", "asymmetric")
    resized((1, 1, 4, 4), by(1, 1, 1.5, 2), "cubic", "half_pixel")
    resized((1, 1, 4, 4), by(1, 1, 1.5, 2), "cubic", "half_pixel", cubic_coeff_a=-0.5, exclude_outside=1)
    resized((2, 3, 4), by(1, 1, 2), "linear", "half_pixel")
    resized((1, 2, 3, 4), by(2, 2), "nearest", "asymmetric", nearest_mode="floor", axes=[2, 3])


def attribute(value):
    kinds = {int: "int", float: "float", str: "string"}
    if isinstance(value, list):
        return {"kind": kinds[type(value[0])] + "s", "value": value}
    return {"kind": kinds[type(value)], "value": value}


def describe(values):
    return {"type": str(values.dtype), "dims": list(values.shape), "data": [shorten(v) for v in values.reshape(-1).tolist()]}


def shorten(value):
    return float(f"{value:.7g}") if isinstance(value, float) else int(value)


def run(op, inputs, outputs, attrs):
    feeds, described = {}, []
    for position, spec in enumerate(inputs):
        if spec is None:
            described.append(None)
        elif isinstance(spec, dict):
            salt = len(CASES_DONE) * 8 + position
            feeds[f"x{position}"] = salted(spec["dims"], salt, spec.get("positive", False))
            described.append({"type": "float32", "salt": salt, **spec})
        else:
            feeds[f"x{position}"] = spec
            described.append(describe(spec))
    names = [f"x{i}" if spec is not None else "" for i, spec in enumerate(inputs)]
    node = helper.make_node(op, names, [f"y{i}" for i in range(outputs)], **attrs)
    results = session(node, feeds).run(None, feeds)
    attrs = {name: attribute(value) for name, value in attrs.items()}
    CASES_DONE.append({"op": op, "attrs": attrs, "inputs": described, "outputs": [describe(y) for y in results]})


def session(node, feeds):
    infos = [helper.make_tensor_value_info(name, TYPES[str(v.dtype)], v.shape) for name, v in feeds.items()]
    outputs = [onnx.ValueInfoProto(name=name) for name in node.output]
    graph = helper.make_graph([node], "case", infos, outputs)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)
    model = onnx.shape_inference.infer_shapes(model)
    types = {info.name: info for info in model.graph.value_info}
    typed = [types.get(name) or next(o for o in model.graph.output if o.name == name) for name in node.output]
    del model.graph.output[:]
    model.graph.output.extend(typed)
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])


CASES_DONE = []


def main():
    window_cases()
    matrix_cases()
    norm_cases()
    sample_norm_cases()
    einsum_cases()
    index_cases()
    scan_and_space_cases()
    resize_cases()
    for each in CASES:
        run(*each)
    provenance = f"scripts/oracle/ops_b.py, onnxruntime {onnxruntime.__version__} cpu float32, operator set {OPSET}"
    lines = ",\n".join(json.dumps(done, separators=(",", ":")) for done in CASES_DONE)
    text = f'{{"provenance":{json.dumps(provenance)},\n"cases":[\n{lines}\n]}}\n'
    pathlib.Path("fixtures/ops/ops_b.json").write_text(text)
    print(f"{len(CASES_DONE)} cases, {len(text)} bytes")


if __name__ == "__main__":
    main()
