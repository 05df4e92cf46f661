"""What exporters write into a file beside the network."""

import onnx


def without_notes(path, shapes=True):
    """Drops what tells of the machine that a file was made on: stack traces and doc strings. `shapes`: whether noted shapes stay."""
    model = onnx.load(path)
    for node in model.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    for info in list(model.graph.value_info) + list(model.graph.input) + list(model.graph.output):
        del info.metadata_props[:]
    for tensor in model.graph.initializer:
        del tensor.metadata_props[:]
    if not shapes:
        del model.graph.value_info[:]
    del model.graph.metadata_props[:]
    onnx.save(model, path)
