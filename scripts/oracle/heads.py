"""Losses with their gradients and decoded ages as PyTorch computes them, written to fixtures/golden/heads.json.

Run from the project root: python3 scripts/oracle/heads.py
Needs torch 2.13. Float64. The losses are those of torch.nn.functional where it has them, else the formulas of the papers
written with plain tensor operations; all gradients come from PyTorch's autograd.
"""

import json
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
generator = torch.Generator().manual_seed(11)

FIRST, LAST = 21, 27
CLASSES = LAST - FIRST + 1
BATCH = 6
COUNTS = [4, 9, 2, 0, 7, 1, 5]
TARGET = torch.tensor([21.0, 27.0, 24.0, 22.0, 25.0, 25.0])
WEIGHT = torch.tensor([1.0, 0.5, 2.0, 0.0, 1.5, 1.0])
MEAN, STD = 23.75, 2.125
CLASS = (TARGET - FIRST).long()
LEVELS = (CLASS[:, None] > torch.arange(CLASSES - 1)).double()


def weighted(per_sample):
    return (WEIGHT * per_sample).sum() / WEIGHT.sum()


def gaussian_targets(sigma):
    axis = torch.arange(FIRST, LAST + 1)
    density = torch.exp(-((axis - TARGET[:, None]) ** 2) / (2 * sigma**2))
    return density / density.sum(1, keepdim=True)


def amr(logits, lambda_mean, lambda_residue):
    """Zhao et al. 2022: the K likeliest classes are protected, K = max(2, rank of the true class)."""
    p = logits.softmax(1)
    own = p.gather(1, CLASS[:, None])
    rank = (p > own).sum(1) + 1
    order = p.argsort(1, descending=True).argsort(1)
    tail = order >= rank.clamp(min=2)[:, None]
    mean = (p * torch.arange(FIRST, LAST + 1)).sum(1)
    residue = -(torch.where(tail, p * p.log(), torch.zeros_like(p))).sum(1)
    return -own[:, 0].log() + lambda_mean * 0.5 * (mean - TARGET) ** 2 + lambda_residue * residue


def corn(logits):
    """Summed binary terms over the number of pairs, both weighed by sample."""
    used = (CLASS[:, None] >= torch.arange(CLASSES - 1)).double()
    terms = F.binary_cross_entropy_with_logits(logits, LEVELS, reduction="none")
    return (WEIGHT[:, None] * used * terms).sum() / (WEIGHT[:, None] * used).sum()


def importance():
    """sqrt of the larger side of each rank, over the largest."""
    counts = torch.tensor(COUNTS, dtype=torch.float64)
    above = counts.sum() - counts.cumsum(0)[:-1]
    root = torch.maximum(above, counts.sum() - above).sqrt()
    return root / root.max()


def binary(logits):
    return F.binary_cross_entropy_with_logits(logits, LEVELS, reduction="none")


NORMAL = (TARGET - MEAN) / STD
LOSSES = [
    ("l1", {}, 1, lambda z: weighted(F.l1_loss(z[:, 0], NORMAL, reduction="none"))),
    ("mse", {}, 1, lambda z: weighted(F.mse_loss(z[:, 0], NORMAL, reduction="none"))),
    ("huber", {"delta": 0.7}, 1, lambda z: weighted(F.huber_loss(z[:, 0], NORMAL, reduction="none", delta=0.7))),
    ("ce", {}, CLASSES, lambda z: weighted(F.cross_entropy(z, CLASS, reduction="none"))),
    ("ce", {"smoothing": 0.1}, CLASSES,
     lambda z: weighted(F.cross_entropy(z, CLASS, reduction="none", label_smoothing=0.1))),
    ("ce", {"sigma": 1.5}, CLASSES, lambda z: weighted(F.cross_entropy(z, gaussian_targets(1.5), reduction="none"))),
    ("amr", {}, CLASSES, lambda z: weighted(amr(z, 0.2, 0.05))),
    ("amr", {"lambda_mean": 0.5, "lambda_residue": 1.0}, CLASSES, lambda z: weighted(amr(z, 0.5, 1.0))),
    ("coral", {}, CLASSES - 1, lambda z: weighted(binary(z).sum(1))),
    ("coral", {"importance": True}, CLASSES - 1, lambda z: weighted((importance() * binary(z)).sum(1))),
    ("corn", {}, CLASSES - 1, corn),
]


def loss_case(use, params, width, loss):
    """Random logits, one row of them far out so that unstable forms overflow."""
    logits = 2 * torch.randn(BATCH, width, generator=generator)
    logits[4] *= 25
    logits.requires_grad_(True)
    value = loss(logits)
    value.backward()
    return {
        "use": use,
        "params": params,
        "logits": logits.detach().tolist(),
        "loss": value.item(),
        "gradient": logits.grad.tolist(),
    }


def posterior(above):
    edges = torch.cat([torch.ones(BATCH, 1), above, torch.zeros(BATCH, 1)], 1)
    mass = (edges[:, :-1] - edges[:, 1:]).clamp(min=0)
    return mass / mass.sum(1, keepdim=True)


def decodings():
    axis = torch.arange(FIRST, LAST + 1)
    value = 2 * torch.randn(BATCH, 1, generator=generator)
    z = 2 * torch.randn(BATCH, CLASSES, generator=generator)
    ranks = 2 * torch.randn(BATCH, CLASSES - 1, generator=generator)
    p = z.softmax(1)
    rank, conditional = ranks.sigmoid(), ranks.sigmoid().cumprod(1)
    cases = [
        ("regression", {}, value, (value[:, 0] * STD + MEAN).clamp(FIRST, LAST), None),
        ("classification", {"decode": "mean"}, z, (p * axis).sum(1), p),
        ("classification", {"decode": "median"}, z, FIRST + (p.cumsum(1) >= 0.5).double().argmax(1), p),
        ("classification", {"decode": "argmax"}, z, FIRST + p.argmax(1), p),
        ("coral", {"decode": "count"}, ranks, FIRST + (rank > 0.5).sum(1), posterior(rank)),
        ("coral", {"decode": "expected"}, ranks, FIRST + rank.sum(1), posterior(rank)),
        ("corn", {"decode": "count"}, ranks, FIRST + (conditional > 0.5).sum(1), posterior(conditional)),
        ("corn", {"decode": "expected"}, ranks, FIRST + conditional.sum(1), posterior(conditional)),
    ]
    return [
        {
            "use": use,
            "params": params,
            "logits": logits.tolist(),
            "age": age.tolist(),
            "posterior": None if mass is None else mass.tolist(),
        }
        for use, params, logits, age, mass in cases
    ]


def main():
    golden = {
        "provenance": f"python3 scripts/oracle/heads.py, torch {torch.__version__}, float64",
        "labels": {"first": FIRST, "last": LAST, "mean": MEAN, "std": STD, "counts": COUNTS},
        "target": TARGET.tolist(),
        "weight": WEIGHT.tolist(),
        "losses": [loss_case(*case) for case in LOSSES],
        "decodings": decodings(),
    }
    with open("fixtures/golden/heads.json", "w") as file:
        json.dump(golden, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
