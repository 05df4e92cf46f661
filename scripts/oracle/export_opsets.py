"""One-node models in the forms of older and newer operator sets, run by ONNX Runtime.

    python3 scripts/oracle/export_opsets.py

writes fixtures/exported/opsets.json: models (base64), feeds and results, and models that must be refused.
"""

import base64
import json
import pathlib

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

TARGET = pathlib.Path(__file__).parents[2] / "fixtures" / "exported" / "opsets.json"
RANDOM = np.random.default_rng(1)
INTS = TensorProto.INT64


def node(op, inputs=("x",), outputs=("y",), **attrs):
    return helper.make_node(op, list(inputs), list(outputs), name=f"{op} of {outputs[0]}", **attrs)


def model(opset, nodes, shape, constants=(), outputs=("y",), functions=()):
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)
    ys = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs]
    graph = helper.make_graph(nodes, "case", [x], ys, list(constants))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8, functions=list(functions))


def ints(name, values):
    return helper.make_tensor(name, INTS, [len(values)], values)


def floats(name, values):
    return helper.make_tensor(name, TensorProto.FLOAT, [len(values)], values)


def norm(opset, **attrs):
    parameters = [floats(name, values) for name, values in zip("sbmv", RANDOM.uniform(0.5, 2, (4, 3)).tolist())]
    return model(opset, [node("BatchNormalization", "xsbmv", **attrs)], [2, 3, 4], parameters)


def listed():
    """Tensors whose elements are written one by one, in each field that holds them, cast to float and summed."""
    names = "FLOAT DOUBLE FLOAT16 INT8 UINT8 INT16 UINT16 INT32 UINT32 INT64 UINT64 BOOL".split()
    constants = [helper.make_tensor(name, getattr(TensorProto, name), [2], [0, 1]) for name in names]
    casts = [node("Cast", [name], [f"{name} as float"], to=TensorProto.FLOAT) for name in names]
    total = node("Sum", ["x"] + [f"{name} as float" for name in names])
    return model(13, casts + [total], [2], constants)


def cases():
    yield "Squeeze 11", model(11, [node("Squeeze", axes=[0, 2])], [1, 3, 1, 2])
    yield "Squeeze 13 of everything", model(13, [node("Squeeze")], [1, 3, 1, 2])
    yield "Unsqueeze 11", model(11, [node("Unsqueeze", axes=[0, 3])], [3, 2])
    yield "ReduceMean 13", model(13, [node("ReduceMean", axes=[-1], keepdims=0)], [2, 3, 4])
    yield "ReduceMax 12 of everything", model(12, [node("ReduceMax")], [2, 3])
    yield "ReduceSum 11", model(11, [node("ReduceSum", axes=[0, 2])], [2, 3, 4])
    yield "ReduceL2 13", model(13, [node("ReduceL2", axes=[1])], [2, 3])
    yield "Slice 9", model(9, [node("Slice", starts=[1, -3], ends=[9, -1], axes=[0, 2])], [3, 2, 4])
    yield "Slice 9 to the end", model(9, [node("Slice", starts=[0, 1], ends=[2, 2**63 - 1])], [3, 4])
    yield "Split 11", model(11, [node("Split", outputs=["a", "b"], axis=1, split=[1, 3])], [2, 4], outputs="ab")
    yield "Split 11 in halves", model(11, [node("Split", outputs=["a", "b"], axis=-1)], [2, 4], outputs="ab")
    yield "Split 18 uneven", model(18, [node("Split", outputs=["a", "b", "c"], num_outputs=3)], [7], outputs="abc")
    yield "Pad 9", model(9, [node("Pad", pads=[0, 1, 2, 0], value=1.5)], [2, 3])
    yield "Pad 9 reflected", model(9, [node("Pad", pads=[0, 1, 0, 2], mode="reflect")], [2, 4])
    yield "Clip 7", model(7, [node("Clip", min=-0.5, max=0.5)], [2, 5])
    yield "Clip 10 below", model(10, [node("Clip", min=-0.25)], [2, 5])
    yield "Clip 10 above", model(10, [node("Clip", max=0.25)], [2, 5])
    yield "Dropout 7", model(7, [node("Dropout", ratio=0.5)], [2, 3])
    yield "Dropout 12", model(12, [node("Dropout", ["x", "ratio"])], [2, 3], [helper.make_tensor("ratio", 1, [], [0.5])])
    yield "BatchNormalization 7", norm(7, epsilon=1e-3)
    yield "BatchNormalization 9", norm(9, momentum=0.5)
    yield "BatchNormalization 15", norm(15, training_mode=0)
    yield "Softmax 11", model(11, [node("Softmax")], [2, 3, 4])
    yield "Softmax 11 of the last axis", model(11, [node("Softmax", axis=2)], [2, 3, 4])
    yield "Softmax 11 from behind", model(11, [node("Softmax", axis=-2)], [2, 3, 4])
    yield "Softmax 13", model(13, [node("Softmax", axis=1)], [2, 3, 4])
    yield "LogSoftmax 11", model(11, [node("LogSoftmax", axis=0)], [2, 3])
    yield "Upsample 7", model(7, [node("Upsample", mode="nearest", scales=[1.0, 1.0, 2.0, 1.5])], [1, 2, 2, 4])
    scales = floats("scales", [1, 1, 2, 2])
    yield "Upsample 9 linear", model(9, [node("Upsample", ["x", "scales"], mode="linear")], [1, 2, 3, 3], [scales])
    yield "Resize 10", model(10, [node("Resize", ["x", "scales"], mode="nearest")], [1, 1, 2, 3], [floats("scales", [1, 1, 2.6, 3])])
    yield "Resize 10 linear", model(10, [node("Resize", ["x", "scales"], mode="linear")], [1, 1, 4, 4], [floats("scales", [1, 1, 0.6, 2])])
    roi = helper.make_tensor("roi", 1, [0], [])
    half = node("Resize", ["x", "roi", "scales"], mode="linear", coordinate_transformation_mode="pytorch_half_pixel")
    yield "Resize 11", model(11, [half], [1, 2, 3, 3], [roi, scales])
    sizes = node("Resize", ["x", "", "", "sizes"], mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    yield "Resize 13 to sizes", model(13, [sizes], [1, 2, 3, 3], [ints("sizes", [1, 2, 6, 5])])
    yield "Gelu 20", model(20, [node("Gelu")], [2, 5])
    yield "Gelu 20 by tanh", model(20, [node("Gelu", approximate="tanh")], [2, 5])
    yield "CastLike 15", model(15, [node("Cast", outputs="i", to=INTS), node("CastLike", ["i", "x"])], [2, 5])
    yield "Cast 19", model(19, [node("Cast", to=TensorProto.FLOAT, saturate=1)], [2, 2])
    yield "AveragePool 19", model(19, [node("AveragePool", kernel_shape=[2, 2], dilations=[1, 1])], [1, 2, 4, 4])
    yield "TopK 9", model(9, [node("TopK", outputs=["y", "i"], axis=1, k=2)], [2, 5])
    indices = helper.make_tensor("i", INTS, [1, 2], [2, 0])
    updates = helper.make_tensor("u", TensorProto.FLOAT, [1, 2], [5, 6])
    yield "Scatter 9", model(9, [node("Scatter", ["x", "i", "u"], axis=0)], [3, 2], [indices, updates])
    yield "Reshape with 0 and -1", model(13, [node("Reshape", ["x", "shape"])], [2, 3, 4], [ints("shape", [0, -1, 2])])
    for name, value in {"float": 1.5, "floats": [1.0, 2.0]}.items():
        constant = helper.make_node("Constant", [], ["c"], **{f"value_{name}": value})
        yield f"Constant of value_{name}", model(12, [constant, node("Add", ["x", "c"])], [3, 2])
    constant = helper.make_node("Constant", [], ["c"], value_ints=[3, -1])
    yield "Constant of value_ints", model(12, [constant, node("Reshape", ["x", "c"])], [2, 6])
    yield "tensors written element by element", listed()


def refused():
    bfloat = model(13, [node("Cast", ["c"], to=1)], [1], [helper.make_tensor("c", TensorProto.BFLOAT16, [1], [1.0])])
    yield "BFLOAT16", bfloat
    external = model(13, [node("Add", ["x", "c"])], [1], [floats("c", [1.0])])
    tensor = external.graph.initializer[0]
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="weights.bin")
    yield "another file", external
    opsets = [helper.make_opsetid("", 18)]
    function = helper.make_function("own", "Twice", ["a"], ["b"], [node("Add", "aa", "b")], opsets)
    yield "inlined", model(18, [helper.make_node("Twice", ["x"], ["y"], domain="own")], [1], functions=[function])
    short = model(13, [node("Add", ["x", "c"])], [1], [floats("c", [1.0])])
    short.graph.initializer[0].dims[0] = 3
    yield "asks for 3 elements", short
    text = model(13, [node("Identity")], [1], [helper.make_tensor("c", TensorProto.STRING, [1], [b"a"])])
    yield "STRING", text


def encode(data):
    return base64.b64encode(data).decode()


def plain(array):
    return {"dims": list(array.shape), "data": [float(f"{value:.8g}") for value in array.flatten()]}


def run(built):
    shape = [dim.dim_value for dim in built.graph.input[0].type.tensor_type.shape.dim]
    x = RANDOM.uniform(-2, 2, shape).astype(np.float32)
    session = onnxruntime.InferenceSession(built.SerializeToString(), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    results = dict(zip(names, map(plain, session.run(names, {"x": x}))))
    return {"model": encode(built.SerializeToString()), "x": plain(x), "results": results}


def main():
    provenance = {"command": "python3 scripts/oracle/export_opsets.py", "onnx": onnx.__version__, "onnxruntime": onnxruntime.__version__}
    found = {
        "provenance": provenance,
        "cases": {name: run(built) for name, built in cases()},
        "refused": {message: encode(built.SerializeToString()) for message, built in refused()},
    }
    TARGET.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
