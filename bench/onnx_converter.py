"""onnx2torch, which imports torchvision for the operators of detectors only: an absent one does not matter."""

import sys
from unittest import mock


def converter():
    """Its function from an ONNX file or model to a torch module."""
    try:
        import torchvision  # noqa: F401
    except (ImportError, RuntimeError):
        sys.modules["torchvision"] = sys.modules["torchvision.ops"] = mock.MagicMock()
    import onnx2torch

    return onnx2torch.convert
