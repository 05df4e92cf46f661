"""PyTorch's side of features.ts: python3 features.py MODEL SIZE THREADS LIST OUT.

LIST is a text file that names one image a line. Prints as JSON the seconds from those files to the features of all of them, the
images a second of the network alone by memory format, and which of the formats, the faster one, the seconds are of. Writes the
features of the first images to OUT, float32 [n,F]. Eager float32.
"""

import json
import sys
import time

import numpy as np
import onnx
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset, Subset

from onnx_converter import converter

BATCH = 32
WORKERS = 2
# Images on which the network alone is timed, decoded beforehand, and how often.
ALONE = 256
ROUNDS = 3
# Images whose features are written.
WRITTEN = 256
FORMATS = {"default": torch.contiguous_format, "channels_last": torch.channels_last}


class Faces(Dataset):
    """Images as uint8 [3,S,S], RGB."""

    def __init__(self, files, size):
        self.files = files
        self.size = size

    def __len__(self):
        return len(self.files)

    def __getitem__(self, i):
        with Image.open(self.files[i]) as image:
            square = image.convert("RGB").resize((self.size, self.size), Image.Resampling.BILINEAR)
        return torch.from_numpy(np.array(square)).permute(2, 0, 1).contiguous()


def network(path, form):
    """The network up to its features, for images of 0 to 255."""
    model = onnx.load(path)
    cut_off_classifier(model.graph)
    return converter()(model).eval().to(memory_format=FORMATS[form])


def cut_off_classifier(graph):
    """Ends the graph at what the last linear layer takes, where ageline takes features if a pipeline names no output."""
    makers = {name: node for node in graph.node for name in node.output}
    node = makers[graph.output[0].name]
    while node.op_type != "Gemm":
        node = next(makers[name] for name in node.input if name in makers)
    # Nodes stand behind those whose results they take.
    del graph.node[list(graph.node).index(node) :]
    del graph.output[:]
    graph.output.append(onnx.helper.make_tensor_value_info(node.input[0], onnx.TensorProto.FLOAT, None))


def features_of(batches, model, form):
    """[n,F] for batches of uint8 [B,3,S,S]."""
    found = []
    with torch.no_grad():
        for batch in batches:
            found.append(model(batch.float().to(memory_format=FORMATS[form])))
    return torch.cat(found)


def rates_alone(faces, models):
    """Images a second of each network where the pixels are ready: the fastest of rounds in which they take turns."""
    batches = list(DataLoader(Subset(faces, range(min(ALONE, len(faces)))), BATCH))
    fastest = dict.fromkeys(models, 0)
    for _ in range(ROUNDS):
        for form, model in models.items():
            start = time.perf_counter()
            found = features_of(batches, model, form)
            fastest[form] = max(fastest[form], len(found) / (time.perf_counter() - start))
    return fastest


def main():
    path, size, threads, listed, out = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5]
    torch.set_num_threads(threads)
    with open(listed) as lines:
        faces = Faces(lines.read().splitlines(), size)
    alone = rates_alone(faces, {form: network(path, form) for form in FORMATS})
    form = max(alone, key=alone.get)
    start = time.perf_counter()
    found = features_of(DataLoader(faces, BATCH, num_workers=WORKERS), network(path, form), form)
    seconds = time.perf_counter() - start
    found[:WRITTEN].numpy().tofile(out)
    print(json.dumps({"seconds": seconds, "alone": alone, "format": form}))


main()
